import { z } from 'zod';

/**
 * A promise about a value that a schema alone can not make, said twice: in CEL for the API server, and in TypeScript for
 * its in-memory twin. An integration test puts both before the same table of objects.
 */
export interface Rule<T> {
  /** A rule that mentions `oldSelf` is checked on updates only, and only where both the old and the new value exist. */
  readonly cel: string;
  readonly holds: (self: T, oldSelf: T) => boolean;
  /**
   * What is wrong and what to do. `{self.podCIDR}` stands for a string, `{self.image?}` for one that may be absent.
   * Only for strings: the API server can not bound what a conversion to text costs, and refuses the expression.
   */
  readonly message: string;
  /** The field to blame, below the one that has the rule: `.image`. */
  readonly fieldPath?: string;
  /** The value is not wrong in itself, it only may not be set now. */
  readonly forbidden?: true;
}

interface Rules {
  readonly rules: readonly Rule<never>[];
}

const registry = z.registry<Rules>();

/** Attaches rules to a schema; the schema itself is returned. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  registry.add(schema, { rules });
  return schema;
}

/** The rules of a schema, seen as rules about anything: the caller vouches that the value came through the schema. */
export const rulesOf = (schema: z.core.$ZodType): readonly Rule<unknown>[] =>
  (registry.get(schema as z.ZodType)?.rules ?? []) as readonly Rule<unknown>[];

export const isTransition = ({ cel }: Pick<Rule<unknown>, 'cel'>): boolean => /\boldSelf\b/.test(cel);

const PLACEHOLDER = /\{([a-zA-Z.]+)(\??)\}/g;

/** The message with its values in place. */
export const renderMessage = (message: string, self: unknown, oldSelf: unknown): string =>
  message.replace(PLACEHOLDER, (_, path: string) => {
    const value = lookUp({ self, oldSelf }, path.split('.'));
    return typeof value === 'string' ? value : 'none';
  });

/** The same message as a CEL expression; undefined when it has no values, and can stand as it is. */
export function messageExpression(message: string): string | undefined {
  const terms: string[] = [];
  let end = 0;
  for (const match of message.matchAll(PLACEHOLDER)) {
    terms.push(quote(message.slice(end, match.index)), celValue(match));
    end = match.index + match[0].length;
  }
  terms.push(quote(message.slice(end)));
  return end === 0 ? undefined : terms.filter((term) => term !== "''").join(' + ');
}

function celValue([, path = '', optional]: RegExpExecArray): string {
  const value = path.split('.').map(celName).join('.');
  return optional === '?' ? `(has(${value}) ? ${value} : 'none')` : value;
}

/** Words of CEL's own that a field of ours is called like. */
const CEL_WORDS: readonly string[] = ['namespace'];

/** How a rule names a field: the API server knows those that CEL reserves by another name. */
export const celName = (field: string): string => (CEL_WORDS.includes(field) ? `__${field}__` : field);

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const lookUp = (from: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, field) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined,
    from,
  );
