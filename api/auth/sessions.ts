import type { User } from '../../crds/user.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import type { Secret } from '../../controllers/kube/kinds.ts';
import { pause } from '../../controllers/runtime/clock.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import { abortable, Deadline } from '../../controllers/runtime/deadline.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import { keyOf } from '../../controllers/runtime/object.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { Directory } from './directory.ts';
import { hashOf, newSession, sessionKey } from './session.ts';

export interface SessionsOptions {
  /** With the rights of the bridge itself. */
  readonly client: KubeClient;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Beyond this the session of a user that ends first is ended by another login. */
const MOST_SESSIONS = 32;
const SWEEP_MS = 60_000;
/** A watch is behind by milliseconds; a login that is not seen by then is answered all the same. */
const SEEN_WITHIN_MS = 5_000;

/** Logins on the web. They are objects, so that a restart of the bridge logs nobody out, and all of its replicas know them. */
export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Logs somebody in. Resolves when the token can be used. */
  async begin(user: Stored<User>, signal: AbortSignal): Promise<{ readonly token: string; readonly expires: string }> {
    const { client, directory, clock } = this.#options;
    const { token, expires, secret } = newSession(user, clock.now());
    const others = directory.sessionsOf(user);
    for (const oldest of others.slice(0, Math.max(0, others.length + 1 - MOST_SESSIONS))) {
      await this.#remove(oldest, signal);
    }
    await client.create(SecretType, secret, signal);
    await this.#seen(token, signal);
    return { token, expires };
  }

  /** Logs out whoever has the token; nothing happens when nobody has. */
  async end(token: string, signal: AbortSignal): Promise<void> {
    await this.#options.client.delete(SecretType, sessionKey(token), {}, signal);
  }

  /** Removes, every minute, what nobody can use any more. Resolves when `signal` has aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, directory } = this.#options;
    while (await pause(clock, SWEEP_MS, signal)) {
      if (!directory.hasSynced()) continue;
      for (const secret of directory.deadSessions()) await this.#sweep(secret, signal);
    }
  }

  async #sweep(secret: Stored<Secret>, signal: AbortSignal): Promise<void> {
    try {
      await this.#remove(secret, signal);
    } catch (error) {
      if (!signal.aborted) this.#options.log.warn('A session that is over could not be removed', { error });
    }
  }

  async #remove(secret: Stored<Secret>, signal: AbortSignal): Promise<void> {
    await this.#options.client.delete(SecretType, keyOf(secret), { uid: secret.metadata.uid }, signal);
  }

  async #seen(token: string, signal: AbortSignal): Promise<void> {
    const { directory, clock } = this.#options;
    const hash = hashOf(token);
    const seen = Promise.withResolvers<void>();
    const look = (): void => {
      if (directory.sessionWith(hash) !== undefined) seen.resolve();
    };
    const deadline = new Deadline(clock, SEEN_WITHIN_MS, 'The new session was not seen', signal);
    const end = directory.onChange(look);
    try {
      look();
      await abortable(seen.promise, deadline.signal);
    } catch (error) {
      if (error !== deadline.signal.reason || signal.aborted) throw error;
    } finally {
      end();
      deadline.clear();
    }
  }
}
