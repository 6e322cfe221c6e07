import { keyString, type KubeObject, type ObjectKey } from '../../runtime/object.ts';
import type { ResourceType } from '../client.ts';
import { KubeUnreachable } from '../error.ts';

export type Verb =
  'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'apply' | 'apply/status' | 'delete' | 'evict' | 'token';

/** Called for each request, with who sent it; what it returns is thrown at the caller. */
export type FaultHook = (verb: Verb, type: ResourceType<KubeObject>, key: ObjectKey, user: string) => Error | undefined;

export interface Request {
  readonly verb: Verb;
  readonly type: ResourceType<KubeObject>;
  /** A list or watch has no name; without a namespace it is about all of them. */
  readonly key: ObjectKey;
  readonly user: string;
}

const READS: readonly Verb[] = ['get', 'list', 'watch'];
const MAX_WRITES_KEPT = 10_000;

/** What every request passes on its way in and out: counted, and refused when a test wants it so. */
export class Gate {
  /** Before the effect: the request fails and nothing has happened. */
  onRequest: FaultHook | undefined;
  /** After the effect: it has happened, but the answer is lost. */
  onResponse: FaultHook | undefined;
  #counts: Record<string, number> = {};
  #writes: string[] = [];
  #connection = new AbortController();
  #isDown = false;

  /** Aborts when the connections that are open now break. */
  get connection(): AbortSignal {
    return this.#connection.signal;
  }

  enter({ verb, type, key, user }: Request): void {
    const name = `${verb} ${type.kind}`;
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    if (!READS.includes(verb)) {
      this.#writes.push(`${name} ${keyString(key)} by ${user}`);
      if (this.#writes.length > MAX_WRITES_KEPT) this.#writes.shift();
    }
    this.requireUp();
    const fault = this.onRequest?.(verb, type, key, user);
    if (fault !== undefined) throw fault;
  }

  requireUp(): void {
    if (this.#isDown) throw new KubeUnreachable('The API server in memory was stopped, so it could not be asked.');
  }

  leave({ verb, type, key, user }: Request): void {
    const fault = this.onResponse?.(verb, type, key, user);
    if (fault !== undefined) throw fault;
  }

  /** Requests since the start, or since they were forgotten: `apply Node` -> 3. */
  requests(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  /** Writes that were asked for, in order: `apply/status Node default/a by qbo-node`. */
  writes(): readonly string[] {
    return [...this.#writes];
  }

  forget(): void {
    this.#counts = {};
    this.#writes = [];
  }

  dropWatches(): void {
    this.#connection.abort(new KubeUnreachable('The API server in memory closed the connection.'));
    this.#connection = new AbortController();
  }

  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    if (isDown) this.dropWatches();
  }
}
