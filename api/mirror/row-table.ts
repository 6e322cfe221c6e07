import { isDeepStrictEqual } from 'node:util';
import type { Payload, PayloadKey } from '../wire/message.ts';

type Row = Readonly<Record<string, unknown>>;

/** What tells rows of a kind apart. A node's id is that of its container, which may be made anew: it is the node by its name. */
const IDENTITY: Readonly<Partial<Record<PayloadKey, readonly string[]>>> = {
  nodes: ['cluster_id', 'name'],
  services: ['id', 'port_name', 'port_number', 'protocol'],
  // Two load balancers may ask for the same port: only one has it, and both are shown.
  ipvs: ['vip', 'vip_port', 'protocol', 'rip', 'rip_port', 'user', 'balancer'],
  addresses: ['pool', 'address', 'prefixlen'],
  users: ['name'],
  clients: ['wsi'],
  images: ['name'],
};

/** The rows that a stream shows now. */
export class RowTable {
  readonly #kinds = new Map<PayloadKey, Map<string, Row>>();

  constructor(snapshot: readonly Payload[]) {
    for (const payload of snapshot) {
      const [kind, rows] = partsOf(payload);
      this.#of(kind);
      this.#changed(kind, rows);
    }
  }

  /** Takes changed rows over; returns those that are news, or undefined when none is. */
  apply(payload: Payload): Payload | undefined {
    const [kind, rows] = partsOf(payload);
    const changed = this.#changed(kind, rows);
    return changed.length === 0 ? undefined : ({ [kind]: changed } as unknown as Payload);
  }

  /** A payload for each kind, those without rows as well. */
  snapshot(): readonly Payload[] {
    return [...this.#kinds].map(([kind, rows]) => ({ [kind]: [...rows.values()] }) as unknown as Payload);
  }

  #changed(kind: PayloadKey, rows: readonly Row[]): readonly Row[] {
    const known = this.#of(kind);
    const fields = IDENTITY[kind] ?? ['id'];
    return rows.filter((row) => {
      const key = JSON.stringify(fields.map((field) => row[field]));
      if (row['state'] === 'deleted') return known.delete(key);
      if (isDeepStrictEqual(known.get(key), row)) return false;
      known.set(key, row);
      return true;
    });
  }

  #of(kind: PayloadKey): Map<string, Row> {
    let rows = this.#kinds.get(kind);
    if (rows === undefined) {
      rows = new Map();
      this.#kinds.set(kind, rows);
    }
    return rows;
  }
}

const partsOf = (payload: Payload): [PayloadKey, readonly Row[]] =>
  Object.entries(payload)[0] as unknown as [PayloadKey, readonly Row[]];
