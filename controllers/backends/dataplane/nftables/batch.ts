import type { ServiceRule } from './service-chain.ts';

/**
 * Changes to one table, in an order in which they can be done: elements leave before others come in their place, what is led
 * to is there before something leads to it, and goes after. Elements of one set make one line, which nft reads in half the
 * time of a line each.
 */
export class Batch {
  readonly #table: string;
  readonly #removed = new Map<string, string[]>();
  readonly #maps: string[] = [];
  readonly #chains: string[] = [];
  readonly #added = new Map<string, string[]>();
  readonly #droppedChains: string[] = [];
  readonly #droppedMaps: string[] = [];

  constructor(table: string) {
    this.#table = `inet ${table}`;
  }

  /** An element, with its comment and what it leads to. */
  add(set: string, element: string): void {
    into(this.#added, set, element);
  }

  remove(set: string, element: string): void {
    into(this.#removed, set, element);
  }

  addMap(name: string, body: string): void {
    this.#maps.push(`add map ${this.#table} ${name} { ${body} }`);
  }

  removeMap(name: string): void {
    this.#droppedMaps.push(`delete map ${this.#table} ${name}`);
  }

  /** In place of what is in it. */
  writeChain(name: string, rules: readonly ServiceRule[], isThere: boolean): void {
    this.#chains.push(`${isThere ? 'flush' : 'add'} chain ${this.#table} ${name}`);
    for (const { text, comment } of rules)
      this.#chains.push(`add rule ${this.#table} ${name} ${text} comment "${comment}"`);
  }

  removeChain(name: string): void {
    this.#droppedChains.push(`flush chain ${this.#table} ${name}`, `delete chain ${this.#table} ${name}`);
  }

  /** For `nft -f`; empty when nothing changes. */
  lines(): readonly string[] {
    return [
      ...this.#elements('delete', this.#removed),
      ...this.#maps,
      ...this.#chains,
      ...this.#elements('add', this.#added),
      ...this.#droppedChains,
      ...this.#droppedMaps,
    ];
  }

  #elements(verb: 'add' | 'delete', sets: ReadonlyMap<string, readonly string[]>): readonly string[] {
    return [...sets].map(([set, elements]) => `${verb} element ${this.#table} ${set} { ${elements.join(', ')} }`);
  }
}

function into(sets: Map<string, string[]>, set: string, element: string): void {
  const elements = sets.get(set);
  if (elements === undefined) sets.set(set, [element]);
  else elements.push(element);
}
