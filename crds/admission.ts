import type { z } from 'zod';
import type { Kind } from './kind.ts';
import { GROUP } from './names.ts';
import { isTransition, renderMessage, rulesOf } from './rule.ts';

/** One thing that is wrong with an object. */
export interface Issue {
  /** `spec.networking.podCIDR`; empty for the whole object. */
  readonly path: string;
  readonly message: string;
}

export type Admission<T> =
  { readonly ok: true; readonly object: T } | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Says what the API server would make of a write: the object with its defaults and without unknown fields, or what is
 * wrong with it. `oldObject` is the stored one on an update. For the in-memory twin of the API server and for a client that wants to know beforehand.
 */
export function admit<T>(kind: Kind<T>, object: unknown, oldObject?: T): Admission<T> {
  const parsed = kind.schema.safeParse(object);
  if (!parsed.success) {
    return { ok: false, issues: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) };
  }
  const issues = broken(kind.schema, { path: '', value: parsed.data, oldValue: oldObject });
  return issues.length === 0 ? { ok: true, object: parsed.data as T } : { ok: false, issues };
}

/** The whole refusal as one sentence, as the API server puts it. */
export const refusal = (kind: Kind<unknown>, name: string, issues: readonly Issue[]): string => {
  const texts = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return `${kind.kind}.${GROUP} "${name}" is invalid: ${texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`}`;
};

interface Place {
  readonly path: string;
  readonly value: unknown;
  readonly oldValue: unknown;
}

function broken(schema: z.core.$ZodType, place: Place): Issue[] {
  if (place.value === undefined) return [];
  const inner = unwrap(schema);
  const own = rulesOf(inner)
    .filter((rule) => !isTransition(rule) || place.oldValue !== undefined)
    .filter((rule) => !rule.holds(place.value, place.oldValue))
    .map((rule) => ({
      path: `${place.path}${rule.fieldPath ?? ''}`.replace(/^\./, ''),
      message: renderMessage(rule.message, place.value, place.oldValue),
    }));
  return [...own, ...fields(inner).flatMap(([name, field]) => broken(field, below(place, name)))];
}

const below = ({ path, value, oldValue }: Place, field: string): Place => ({
  path: path === '' ? field : `${path}.${field}`,
  value: valueAt(value, field),
  oldValue: valueAt(oldValue, field),
});

const valueAt = (object: unknown, field: string): unknown =>
  typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[field] : undefined;

/** Only objects are gone into: no rule is about an element of a list. */
const fields = (schema: z.core.$ZodType): [string, z.core.$ZodType][] =>
  schema._zod.def.type === 'object' ? Object.entries((schema as z.core.$ZodObject)._zod.def.shape) : [];

/** The schema below the wrappers that give defaults or allow absence. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const def = schema._zod.def as { readonly innerType?: z.core.$ZodType };
  return def.innerType === undefined ? schema : unwrap(def.innerType);
}
