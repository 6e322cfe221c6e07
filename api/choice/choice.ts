/** Something that a command line may name. */
export interface Choice<T> {
  readonly value: T;
  readonly namespace: string;
  /** Words for it in its own namespace; elsewhere `namespace/word`. */
  readonly words: readonly string[];
  /** Words for it that nothing else can have, wherever it is. */
  readonly unique: readonly string[];
  /** Ids, of which the first 8 characters do. */
  readonly ids: readonly string[];
}

const SHORTEST_ID = 8;

/** What each name stands for, in their order; empty for one that stands for nothing. `namespace` is the caller's. */
export const matches = <T>(
  names: readonly string[],
  choices: readonly Choice<T>[],
  namespace: string,
): readonly (readonly T[])[] =>
  names.map((name) => choices.filter((choice) => isMeant(name, choice, namespace)).map(({ value }) => value));

/** Whether `name` is a word for it, said by somebody whose own namespace is `namespace`. */
export function isMeant(name: string, choice: Choice<unknown>, namespace: string): boolean {
  if (choice.unique.includes(name)) return true;
  if (name.length >= SHORTEST_ID && choice.ids.some((id) => id.startsWith(name.toLowerCase()))) return true;
  const slash = name.indexOf('/');
  const [where, word] = slash < 0 ? [namespace, name] : [name.slice(0, slash), name.slice(slash + 1)];
  return choice.namespace === where && choice.words.includes(word);
}
