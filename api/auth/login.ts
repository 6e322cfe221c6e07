import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { TokenReviewType } from '../../controllers/kube/kinds.ts';
import type { TokenReview } from '../../controllers/kube/kinds.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import { readCredential } from './credential.ts';
import type { Directory } from './directory.ts';
import type { Sessions } from './sessions.ts';

export interface LoginOptions {
  /** With the rights of the bridge itself. */
  readonly client: KubeClient;
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Logger;
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Answer {
  readonly code: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

const LONGEST_TOKEN = 8_192;
/** Questions under way: a flood of invented tokens must not become one to the API server. */
const MOST_AT_ONCE = 4;

/**
 * `POST /login` with a bearer token that the Kubernetes API knows, of somebody whom a User names in `kubernetesUsers`: sets
 * the cookies of a session. `POST /logout` ends it. `stop` ends what is under way.
 */
export function loginRoutes(options: LoginOptions, stop: AbortSignal): Readonly<Record<'/login' | '/logout', Route>> {
  let asking = 0;
  const login = async (request: IncomingMessage): Promise<Answer> => {
    if (asking >= MOST_AT_ONCE) return refusal(503, 'Too many log in at once. Try again in a moment.');
    asking += 1;
    try {
      return await logIn(request, options, stop);
    } finally {
      asking -= 1;
    }
  };
  return {
    '/login': answering(login, options.log),
    '/logout': answering((request) => logOut(request, options, stop), options.log),
  };
}

const answering =
  (respond: (request: IncomingMessage) => Promise<Answer>, log: Logger): Route =>
  async (request, response) => {
    const { code, body, headers = {} } = await answerTo(request, respond, log);
    response.writeHead(code, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    });
    response.end(`${JSON.stringify(body)}\n`);
  };

async function answerTo(
  request: IncomingMessage,
  respond: (request: IncomingMessage) => Promise<Answer>,
  log: Logger,
): Promise<Answer> {
  if (request.method !== 'POST') return { ...refusal(405, 'Only POST is answered.'), headers: { allow: 'POST' } };
  if (hasBody(request)) {
    // What was announced is not read, so the connection can not be used again.
    return { ...refusal(413, 'Send no body: the token is a header.'), headers: { connection: 'close' } };
  }
  try {
    return await respond(request);
  } catch (error) {
    log.warn('A login or logout failed', { error });
    return refusal(503, 'The Kubernetes API can not be asked at the moment. Try again.');
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

async function logIn(request: IncomingMessage, options: LoginOptions, stop: AbortSignal): Promise<Answer> {
  const { client, clock, directory, sessions, log } = options;
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined || token.length > LONGEST_TOKEN) {
    return refusal(
      401,
      'Say who you are: send "Authorization: Bearer TOKEN", with a token that the Kubernetes API knows.',
    );
  }
  const name = await kubernetesUserOf(client, token, stop);
  if (name === undefined) return refusal(401, 'The Kubernetes API does not know this token, or it has expired.');
  const user = directory.userFor(name);
  if (user === undefined) {
    return refusal(403, `No User, or more than one, is for ${name}: an administrator adds it to spec.kubernetesUsers.`);
  }
  const session = await sessions.begin(user, stop);
  const seconds = Math.floor((Date.parse(session.expires) - clock.now()) / 1000);
  log.info('Logged in', { user: user.metadata.name, as: name });
  return {
    code: 200,
    body: { user: user.metadata.name, email: user.spec.email, expires: session.expires },
    headers: {
      'set-cookie': [cookie(request, 'qbo_uid', session.token, seconds), cookie(request, 'qbo_aux', '', seconds)],
    },
  };
}

/** Whoever has no session is logged out as well. */
async function logOut(request: IncomingMessage, { sessions }: LoginOptions, stop: AbortSignal): Promise<Answer> {
  const credential = readCredential(request.headers.cookie);
  if (credential?.kind === 'session') await sessions.end(credential.token, stop);
  return {
    code: 200,
    body: {},
    headers: { 'set-cookie': [cookie(request, 'qbo_uid', '', 0), cookie(request, 'qbo_aux', '', 0)] },
  };
}

/** Whose token it is; undefined when the Kubernetes API does not know. */
async function kubernetesUserOf(client: KubeClient, token: string, signal: AbortSignal): Promise<string | undefined> {
  const { apiVersion, kind } = TokenReviewType;
  const review: TokenReview = { apiVersion, kind, metadata: { name: '' }, spec: { token } };
  const { status } = await client.create(TokenReviewType, review, signal);
  return status?.authenticated === true ? status.user?.username : undefined;
}

/** No script can read it, no other site can have it sent, and it crosses no network in the clear. */
const cookie = (request: IncomingMessage, name: string, value: string, seconds: number): string =>
  [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${seconds.toString()}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isLocal(request) ? [] : ['Secure']),
  ].join('; ');

/** Browsers take a Secure cookie over plain http from nobody but, some of them, the machine itself. */
const isLocal = ({ socket, headers }: IncomingMessage): boolean =>
  headers['x-forwarded-proto'] !== 'https' && /^(::ffff:)?127\.|^::1$/.test(socket.localAddress ?? '');

const refusal = (code: number, message: string): Answer => ({ code, body: { message } });
