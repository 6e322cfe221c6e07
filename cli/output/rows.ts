import type { PayloadKey } from '../../api/wire/message.ts';
import type { Received, Row } from '../connection/received.ts';
import { KINDS, type Kind } from './columns.ts';
import { tableOf, type TableOptions } from './table.ts';

/** The newest state of everything that came, by kind, in the order in which it first came. */
export class Rows {
  readonly #kinds = new Map<PayloadKey, Map<string, Row>>();

  /** Takes what a message says about rows; false when it has none. */
  take({ kind: name, rows, isSnapshot }: Received): boolean {
    const kind = KINDS[name];
    if (kind === undefined) return false;
    const known = isSnapshot ? new Map<string, Row>() : (this.#kinds.get(name) ?? new Map<string, Row>());
    for (const row of rows) {
      if (row['state'] === 'deleted') known.delete(kind.key(row));
      else known.set(kind.key(row), row);
    }
    this.#kinds.set(name, known);
    return true;
  }

  /** Kinds that were spoken of, also those without rows. */
  *kinds(): Iterable<readonly [kind: Kind, rows: readonly Row[]]> {
    for (const [name, rows] of this.#kinds) {
      const kind = KINDS[name];
      if (kind !== undefined) yield [kind, [...rows.values()]];
    }
  }

  /** A table a kind, each with its title when there are several. */
  tables(options: TableOptions): string[] {
    const filled = [...this.kinds()].filter(([, rows]) => rows.length > 0);
    return filled.flatMap(([kind, rows], index) => [
      ...(filled.length > 1 ? [...(index > 0 ? [''] : []), options.paint('cyan', kind.title.toUpperCase())] : []),
      ...tableOf(kind, rows, options),
    ]);
  }

  /** `No nodes found.`, when nothing was found of all that was asked for. */
  absence(): string | undefined {
    const kinds = [...this.kinds()];
    if (kinds.length === 0 || kinds.some(([, rows]) => rows.length > 0)) return undefined;
    return `No ${kinds.map(([{ title }]) => title).join(', no ')} found.`;
  }
}
