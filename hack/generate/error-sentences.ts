import { catalogue } from '../../crds/errors.ts';

export interface ErrorSentence {
  readonly code: string;
  readonly retryable: boolean;
  /** The sentence, with `<field>` where a detail stands. */
  readonly text: string;
}

/** Every error of the catalogue, as people read it. */
export const errorSentences = (): readonly ErrorSentence[] =>
  Object.values(catalogue).map((ErrorClass) => {
    const error = new ErrorClass(placeholder('') as never);
    return { code: error.code, retryable: error.retryable, text: error.message };
  });

/**
 * Stands in for any detail of an error: a text, a number or a list, and for an object of such. In a sentence it is the
 * name of the field, with the way that leads to it.
 */
function placeholder(path: string): object {
  const name = `<${path}>`;
  const members: Readonly<Record<string | symbol, unknown>> = {
    toString: () => name,
    [Symbol.toPrimitive]: () => name,
    trim: () => name,
    join: () => name,
    map: () => placeholder(path),
    length: path === '' ? 0 : { toString: () => `<number of ${path}>` },
  };
  return new Proxy(Object.create(null) as object, {
    get: (_, property) =>
      property in members
        ? members[property]
        : placeholder(path === '' ? String(property) : `${path}.${String(property)}`),
  });
}
