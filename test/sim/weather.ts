import { EngineUnavailable } from '../../crds/errors.ts';
import { KubeApiError, KubeUnreachable } from '../../controllers/kube/error.ts';
import type { FakeClock } from '../../controllers/runtime/clock.ts';
import { asError } from '../../controllers/runtime/thrown.ts';
import type { Passage } from '../fixtures/world/life.ts';
import { repeatable } from '../fixtures/world/repeatable.ts';

const REFUSALS = [
  new KubeUnreachable('The connection was reset'),
  new KubeApiError(409, 'Conflict', 'The object has been modified'),
  new KubeApiError(500, 'InternalError', 'etcdserver: request timed out'),
  new KubeApiError(429, 'TooManyRequests', 'Too many requests', 1),
  new KubeApiError(503, 'ServiceUnavailable', 'The server is currently unable to handle the request'),
];

const HUNG_UP = new EngineUnavailable({ endpoint: 'memory', why: 'it answered 500' });

/** Between the operator and the world: what fails there, and how late and how often what happens is told. */
export class Weather implements Passage {
  /** Which share of the calls fails. Half of those have had their effect. */
  calls = 0;
  /** Which share of the events of streams is lost, doubled or late. */
  events = 0;
  /** How late an event may be. */
  lagMs = 0;
  readonly #random: () => number;
  readonly #clock: () => FakeClock;

  constructor(seed: number, clock: () => FakeClock) {
    this.#random = repeatable(seed);
    this.#clock = clock;
  }

  calm(): void {
    this.calls = 0;
    this.events = 0;
  }

  fault = (call: string): Error | undefined => {
    if (this.calls === 0 || this.#random() >= this.calls / 2) return undefined;
    if (call.startsWith('engine.')) return HUNG_UP;
    return REFUSALS[Math.floor(this.#random() * REFUSALS.length)];
  };

  /**
   * The engine's events may be lost, doubled and come in any order. Those of a watch come in order, as an API server
   * keeps to, but late, twice, and with a connection that breaks before they have come; and each kind for itself, so
   * that what happens first is heard of last.
   */
  async *stream<T>(name: string, items: AsyncIterable<T>): AsyncGenerator<T> {
    const isOrdered = !name.startsWith('engine.');
    const post = new Post<T>(this.#clock());
    const pump = async (): Promise<void> => {
      for await (const item of items) this.#send(post, item, isOrdered);
    };
    const end = pump().then(
      () => {
        post.end();
      },
      (error: unknown) => {
        post.end(asError(error));
      },
    );
    yield* post.letters();
    await end;
  }

  #send<T>(post: Post<T>, item: T, isOrdered: boolean): void {
    const strikes = (): boolean => this.events > 0 && this.#random() < this.events;
    if (strikes()) {
      if (isOrdered) throw new KubeUnreachable('The connection broke before an event had come');
      return;
    }
    const lateMs = this.lagMs === 0 ? 0 : Math.floor(this.#random() * this.lagMs);
    post.send(item, lateMs, isOrdered);
    if (strikes()) post.send(item, lateMs + 1, isOrdered);
  }
}

/** Letters on their way. */
class Post<T> {
  readonly #clock: FakeClock;
  readonly #arrived: T[] = [];
  #wake: () => void = () => undefined;
  #latestAt = 0;
  #isOver = false;
  #error: Error | undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** In order: it comes after those that were sent before. */
  send(item: T, afterMs: number, isOrdered: boolean): void {
    const now = this.#clock.monotonic();
    const at = Math.max(now + afterMs, isOrdered ? this.#latestAt : 0);
    this.#latestAt = Math.max(this.#latestAt, at);
    const arrive = (): void => {
      this.#arrived.push(item);
      this.#wake();
    };
    if (at === now) arrive();
    else this.#clock.after(at - now, arrive);
  }

  /** What is on its way is lost when it ends by an error, and comes when it ends well. */
  end(error?: Error): void {
    const over = (): void => {
      this.#isOver = true;
      this.#error = error;
      this.#wake();
    };
    const leftMs = this.#latestAt - this.#clock.monotonic();
    if (error !== undefined || leftMs <= 0) over();
    else this.#clock.after(leftMs, over);
  }

  async *letters(): AsyncGenerator<T> {
    for (;;) {
      const next = this.#error === undefined ? this.#arrived.shift() : undefined;
      if (next !== undefined) yield next;
      else if (this.#isOver) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#error !== undefined) throw this.#error;
  }
}
