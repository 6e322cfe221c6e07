/** What a heap needs of its items: an item is in at most one heap at a time. */
export interface Heaped {
  /** Where the item stands in the heap; -1 while it is in none. Written by the heap alone. */
  position: number;
}

/** A binary heap, the least item first, from which any item can be removed. Every change is O(log n). */
export class Heap<T extends Heaped> {
  readonly #items: T[] = [];
  readonly #isLess: (a: T, b: T) => boolean;

  constructor(isLess: (a: T, b: T) => boolean) {
    this.#isLess = isLess;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Does nothing for an item that is not here. */
  remove(item: T): void {
    const hole = item.position;
    if (this.#items[hole] !== item) return;
    item.position = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#rise(last, hole);
    this.#sink(last, last.position);
  }

  #rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#isLess(item, parent)) break;
      this.#place(parent, at);
      at = above;
    }
    this.#place(item, at);
  }

  #sink(item: T, from: number): void {
    let at = from;
    for (;;) {
      const child = this.#lesserChild(at);
      if (child === undefined || !this.#isLess(child, item)) break;
      const below = child.position;
      this.#place(child, at);
      at = below;
    }
    this.#place(item, at);
  }

  #lesserChild(at: number): T | undefined {
    const left = this.#items[2 * at + 1];
    const right = this.#items[2 * at + 2];
    if (left === undefined || right === undefined) return left;
    return this.#isLess(right, left) ? right : left;
  }

  #place(item: T, at: number): void {
    this.#items[at] = item;
    item.position = at;
  }
}
