import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { abortable, Deadline, DeadlineExceeded } from '../../controllers/runtime/deadline.ts';
import type { Authenticator } from '../auth/index.ts';
import type { Caller } from '../caller.ts';
import { Failure } from '../failure.ts';
import type { Bridge } from '../session/bridge.ts';
import { Session, type Wire } from '../session/session.ts';
import { TokenBucket } from '../session/token-bucket.ts';
import { distrust, type Trust } from './origin.ts';
import { pathOf, SOCKET_PATH } from './routes.ts';

/** The one that we speak; none is as good. */
const SUBPROTOCOL = 'qbo';
/** How many may be asked at once who they are. */
const MOST_HANDSHAKES = 64;
/** Pings of clients that are answered, a second and at once. */
const PINGS = { perSecond: 2, burst: 20 } as const;

interface Refusal {
  readonly code: 400 | 401 | 403 | 404 | 429 | 503;
  readonly message: string;
}

const REASON = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const;

/** Makes sockets of requests: whoever is refused is so before there is one. */
export class Upgrades {
  readonly #bridge: Bridge;
  readonly #authenticator: Authenticator;
  readonly #trust: Trust;
  readonly #stop: AbortSignal;
  readonly #sockets: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  #handshakes = 0;
  #connections = 0;

  constructor(bridge: Bridge, authenticator: Authenticator, trust: Trust, stop: AbortSignal) {
    this.#bridge = bridge;
    this.#authenticator = authenticator;
    this.#trust = trust;
    this.#stop = stop;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // Answered by hand: whoever sends pings and reads no answers must cost nothing.
      autoPong: false,
      maxPayload: bridge.limits.messageBytes,
      handleProtocols: () => SUBPROTOCOL,
    });
  }

  /** Never rejects. */
  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until there is a websocket that has its own: a connection that breaks is no news.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    try {
      const caller = this.#refusalOf(request) ?? (await this.#callerOf(request));
      const refusal = 'code' in caller ? caller : this.#tooMany(caller);
      if (refusal !== undefined) {
        this.#refuse(socket, refusal);
        return;
      }
      socket.off('error', ignore);
      this.#sockets.handleUpgrade(request, socket, head, (websocket) => {
        this.#opened(websocket, { request, socket, caller: caller as Caller });
      });
    } catch (error) {
      this.#bridge.log.error('A handshake failed', { error });
      this.#refuse(socket, { code: 503, message: 'The bridge can not find out who you are at the moment. Try again.' });
    }
  }

  /** Ends, without a word, the sockets that have not closed although they were told to. */
  terminate(): void {
    for (const websocket of this.#open) websocket.terminate();
  }

  #refusalOf(request: IncomingMessage): Refusal | undefined {
    if (pathOf(request) !== SOCKET_PATH) return { code: 404, message: `Websockets are at ${SOCKET_PATH}.` };
    const message = distrust(request.headers, this.#trust);
    if (message !== undefined) return { code: 403, message };
    const offered = request.headers['sec-websocket-protocol'];
    if (offered !== undefined && !offered.split(',').some((name) => name.trim() === SUBPROTOCOL)) {
      return { code: 400, message: `The subprotocol is ${SUBPROTOCOL}, or none.` };
    }
    const { clients, limits } = this.#bridge;
    if (clients.size >= limits.sockets || this.#handshakes >= MOST_HANDSHAKES || this.#stop.aborted) {
      return { code: 503, message: 'The bridge has as many connections as it may have. Try again later.' };
    }
    return undefined;
  }

  async #callerOf({ headers }: IncomingMessage): Promise<Caller | Refusal> {
    const { clock, limits } = this.#bridge;
    const deadline = new Deadline(clock, limits.handshakeMs, 'No answer', this.#stop);
    this.#handshakes += 1;
    try {
      const caller = await abortable(this.#authenticator.authenticate(headers), deadline.signal);
      return caller ?? { code: 401, message: 'Not authorized.' };
    } catch (error) {
      if (error instanceof Failure && error.code === 503) return { code: 503, message: error.message };
      if (!(error instanceof DeadlineExceeded) && !this.#stop.aborted) throw error;
      return { code: 503, message: 'The bridge can not find out who you are at the moment. Try again.' };
    } finally {
      this.#handshakes -= 1;
      deadline.clear();
    }
  }

  #tooMany({ uuid }: Caller): Refusal | undefined {
    const { mirrors, limits } = this.#bridge;
    if (mirrors.sockets(uuid) < limits.socketsPerUser) return undefined;
    return { code: 429, message: `You have ${String(limits.socketsPerUser)} connections already: close one.` };
  }

  #refuse(socket: Duplex, { code, message }: Refusal): void {
    this.#bridge.metrics.handshake(code);
    const body = `${message}\n`;
    const headers = [
      `HTTP/1.1 ${String(code)} ${REASON[code]}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      ...(code === 503 || code === 429 ? ['Retry-After: 5'] : []),
    ];
    socket.once('finish', () => {
      socket.destroy();
    });
    socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
  }

  #opened(
    websocket: WebSocket,
    { request, socket, caller }: { request: IncomingMessage; socket: Duplex; caller: Caller },
  ): void {
    const { clock, log, metrics } = this.#bridge;
    metrics.handshake(101);
    this.#connections += 1;
    this.#open.add(websocket);
    const peer = plainAddress(request.socket.remoteAddress);
    const session = new Session(this.#bridge, {
      wire: wireOf(websocket, socket),
      caller,
      peer,
      agent: request.headers['user-agent'] ?? '',
      number: this.#connections,
    });
    const about = { user: caller.name, wsi: session.wsi, peer };
    log.info('Socket opened', about);
    const pings = new TokenBucket(clock, PINGS.perSecond, PINGS.burst);
    websocket.on('message', (data: RawData) => {
      session.receive(data as Buffer);
    });
    websocket.on('ping', (data: Buffer) => {
      session.heard();
      if (!session.isBlocked && pings.take()) websocket.pong(data);
    });
    websocket.on('pong', () => {
      session.heard();
    });
    socket.on('drain', () => {
      session.drained();
    });
    websocket.on('error', (error) => {
      // It is closed right after, with the code that RFC 6455 has for it.
      log.info('Socket broken', { ...about, error: error.message });
    });
    const revoked = (): void => {
      session.end(1008, 'Your credentials are not valid any more');
    };
    const lifetime = this.#authenticator.lifetime(caller);
    websocket.on('close', (code) => {
      lifetime.removeEventListener('abort', revoked);
      this.#open.delete(websocket);
      session.closed();
      log.info('Socket closed', { ...about, code });
    });
    if (lifetime.aborted) revoked();
    else lifetime.addEventListener('abort', revoked, { once: true });
  }
}

/** A websocket as a session sees it. Frames are made already, and are written past it: between two of its own, which are whole too. */
const wireOf = (websocket: WebSocket, socket: Duplex): Wire => ({
  write: (frames) => websocket.readyState !== websocket.OPEN || socket.write(frames),
  pause: () => {
    websocket.pause();
  },
  resume: () => {
    websocket.resume();
  },
  ping: () => {
    if (websocket.readyState === websocket.OPEN) websocket.ping();
  },
  close: (code, reason) => {
    // Paused, it would not hear the other side's goodbye.
    websocket.resume();
    websocket.close(code, reason);
  },
  terminate: () => {
    websocket.terminate();
  },
});

/** IPv4 as it is written everywhere, also where the socket takes both families. */
const plainAddress = (address = ''): string => address.replace(/^::ffff:/, '');
