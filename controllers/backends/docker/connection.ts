import { Agent } from 'node:http';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { EngineTooOld, EngineUnavailable } from '../../../crds/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { newestUsable, OLDEST_USABLE } from './api-version.ts';
import { Refused, translate } from './refusal.ts';

/**
 * dockerode formats the options of every request for its debug log, read or not. Without this it would walk through all
 * open sockets each time: 50 ms a request with twenty streams open.
 */
class QuietAgent extends Agent {
  [inspect.custom](): string {
    return 'agent';
  }
}

/** The way to one engine. Finds the API version that both sides speak, and finds it anew after the engine was away. */
export class Connection {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly #options: Docker.DockerOptions;
  #docker: Docker | undefined;

  constructor(socketPath: string, clock: Clock, log: Logger) {
    this.endpoint = `unix://${socketPath}`;
    this.clock = clock;
    this.log = log;
    // The absent ones are named: dockerode would take them from DOCKER_HOST and its like.
    const fixed = { host: undefined, port: undefined, timeout: undefined, agent: new QuietAgent({ keepAlive: true }) };
    this.#options = { socketPath, protocol: 'http', ...fixed };
  }

  /**
   * Asks the engine one thing about `what` ("container x"). A stream that the question opens must be read to
   * its end within it. Rejects with EngineUnavailable, OutOfSpace, the signal's reason, or Refused: what the engine itself
   * answered, for the caller to make sense of.
   */
  async ask<T>(
    what: string,
    question: (docker: Docker, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    // A signal of its own: what listens to it goes with the request, however long the caller's lives.
    const request = new AbortController();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => {
      request.abort(signal.reason);
      aborted.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([this.#askVersioned(question, request.signal), aborted.promise]);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#explain(what, error);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #askVersioned<T>(
    question: (docker: Docker, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    this.#docker ??= await this.#negotiate();
    return question(this.#docker, signal);
  }

  async #negotiate(): Promise<Docker> {
    const answer: { ApiVersion: string; MinAPIVersion?: string; Version: string } = await new Docker(
      this.#options,
    ).version();
    const version = newestUsable(answer.ApiVersion, answer.MinAPIVersion);
    if (version === undefined)
      throw new EngineTooOld({ endpoint: this.endpoint, version: answer.ApiVersion, needed: OLDEST_USABLE });
    this.log.info('Connected to the container engine', { engine: answer.Version, api: version });
    return new Docker({ ...this.#options, version: `v${version}` });
  }

  #explain(what: string, error: unknown): unknown {
    const translated = translate(error, { what, endpoint: this.endpoint });
    // Another engine may answer the next time, one that speaks other versions.
    const wrongVersion = translated instanceof Refused && /\b(client|API) version\b/i.test(translated.answer);
    if (translated instanceof EngineUnavailable || wrongVersion) this.#docker = undefined;
    return translated;
  }
}
