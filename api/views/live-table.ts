import type { Payload } from '../wire/message.ts';
import type {
  AddressRow,
  ClientRow,
  ClusterRow,
  InstanceRow,
  IpvsRow,
  NetworkRow,
  NodeRow,
  PodRow,
  ServiceRow,
  UserRow,
} from '../wire/rows.ts';

/** What can be watched, by the key that it has in a message. */
export interface LiveRows {
  readonly clusters: ClusterRow;
  readonly nodes: NodeRow;
  readonly pods: PodRow;
  readonly services: ServiceRow;
  readonly networks: NetworkRow;
  readonly users: UserRow;
  readonly clients: ClientRow;
  readonly ipvs: IpvsRow;
  readonly addresses: AddressRow;
  readonly instances: InstanceRow;
}

export type LiveKey = keyof LiveRows;
export type LiveRow = LiveRows[LiveKey];

interface Known {
  readonly row: LiveRow;
  /** What it looks like on the wire: by this it is known whether it has changed. */
  readonly text: string;
}

/**
 * The rows of one stream: as they are now, and what changed since somebody last took the changes. However slowly they are taken,
 * what waits is no more than one row for each object.
 */
export class LiveTable {
  readonly #rows: ReadonlyMap<LiveKey, Map<string, Known>>;
  readonly #changed = new Map<LiveKey, Map<string, LiveRow>>();
  #failure: { readonly error: unknown } | undefined;
  /** Wakes whoever waits for a change. */
  #wake: () => void = () => undefined;
  #isShown = false;

  /** In the order in which they are shown. */
  constructor(keys: readonly LiveKey[]) {
    this.#rows = new Map(keys.map((key) => [key, new Map<string, Known>()]));
  }

  has(key: LiveKey): boolean {
    return this.#rows.has(key);
  }

  /** The same rows again and no others: the rest is gone. */
  replace<K extends LiveKey>(key: K, rows: ReadonlyMap<string, LiveRows[K]>): void {
    for (const id of this.#rows.get(key)?.keys() ?? []) if (!rows.has(id)) this.drop(key, id);
    for (const [id, row] of rows) this.put(key, id, row);
  }

  /** `id` tells one row from another of its kind for as long as it lives. */
  put<K extends LiveKey>(key: K, id: string, row: LiveRows[K]): void {
    const rows = this.#rows.get(key);
    const text = JSON.stringify(row);
    const known = rows?.get(id);
    if (rows === undefined || known?.text === text) return;
    if (known !== undefined && calledBy(known.row) !== calledBy(row)) this.drop(key, id);
    rows.set(id, { row, text });
    this.#change(key, `${id} ${calledBy(row)}`, row);
  }

  drop(key: LiveKey, id: string): void {
    const known = this.#rows.get(key)?.get(id);
    if (known === undefined) return;
    this.#rows.get(key)?.delete(id);
    this.#change(key, `${id} ${calledBy(known.row)}`, { ...known.row, state: 'deleted' });
  }

  /** Every row there is; kinds without any as well. */
  snapshot(): readonly Payload[] {
    // Whatever has changed before anybody had seen it is in here.
    if (!this.#isShown) this.#changed.clear();
    this.#isShown = true;
    return [...this.#rows].map(([key, rows]) =>
      payload(
        key,
        [...rows.values()].map(({ row }) => row),
      ),
    );
  }

  /** Ends the changes with `error`. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Ends with its signal; throws what `fail` was told. One at a time. */
  async *changes(signal: AbortSignal): AsyncGenerator<Payload> {
    const wake = (): void => {
      this.#wake();
    };
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        if (signal.aborted) return;
        if (this.#failure !== undefined) throw this.#failure.error;
        yield* this.take();
        if (this.#changed.size === 0) await this.#woken(signal);
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (signal.aborted || this.#failure !== undefined) resolve();
    });
  }

  /** What has changed since this was last asked. */
  take(): readonly Payload[] {
    const taken = [...this.#changed].map(([key, rows]) => payload(key, [...rows.values()]));
    this.#changed.clear();
    return taken;
  }

  #change(key: LiveKey, id: string, row: LiveRow): void {
    const rows = this.#changed.get(key) ?? new Map<string, LiveRow>();
    // At the end, as the latest: a row that was dropped and put again is one that has changed.
    rows.delete(id);
    rows.set(id, row);
    this.#changed.set(key, rows);
    this.#wake();
  }
}

/** What whoever gets rows tells one from another by. When that changes, it is another row to them, and the old one is gone. */
const calledBy = (row: LiveRow): string =>
  `${'name' in row ? row.name : ''} ${'cluster_id' in row ? row.cluster_id : ''}`;

/** The key says which rows they are. */
const payload = (key: LiveKey, rows: readonly LiveRow[]): Payload => ({ [key]: rows }) as Payload;
