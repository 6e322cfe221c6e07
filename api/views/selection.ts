import { isMeant, type Choice } from '../choice/choice.ts';

/** Which rows of a kind are shown: those that one of the names stands for, or all when there are none. */
export class Selection {
  readonly #names: readonly string[];
  readonly #namespace: string;

  /** @param namespace where a name without one is looked for: the caller's own */
  constructor(names: readonly string[], namespace: string) {
    this.#names = names;
    this.#namespace = namespace;
  }

  has(words: Omit<Choice<unknown>, 'value'>): boolean {
    if (this.#names.length === 0) return true;
    return this.#names.some((name) => isMeant(name, { value: undefined, ...words }, this.#namespace));
  }

  /** Whether something of another kind than these may be meant: a name that stands for none of them. */
  meansMoreThan(all: readonly Omit<Choice<unknown>, 'value'>[]): boolean {
    return this.#names.some(
      (name) => !all.some((words) => isMeant(name, { value: undefined, ...words }, this.#namespace)),
    );
  }
}
