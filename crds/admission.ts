import type { z } from 'zod';
import type { Kind } from './kind.ts';
import { GROUP } from './names.ts';
import type { Rule } from './rule.ts';
import { isTransition, renderMessage, rulesOf } from './rule.ts';
import { elementOf, fieldsOf, unwrap } from './schema-tree.ts';

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
    return { ok: false, issues: parsed.error.issues.map(({ path, message }) => ({ path: pathText(path), message })) };
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

/** `spec.ports[0].port`, as the API server writes it. */
const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part.toString()}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

function broken(schema: z.core.$ZodType, place: Place): Issue[] {
  if (place.value === undefined) return [];
  const inner = unwrap(schema);
  const own = rulesOf(inner)
    .filter((rule) => !isTransition(rule) || place.oldValue !== undefined)
    .filter((rule) => !rule.holds(place.value, place.oldValue))
    .map((rule) => ({
      path: `${place.path}${rule.fieldPath ?? ''}`.replace(/^\./, ''),
      message: worded(rule, place),
    }));
  return [
    ...own,
    ...fieldsOf(inner).flatMap(([name, field]) => broken(field, below(place, name))),
    ...elements(inner, place),
  ];
}

/** Of elements nothing is known of what they were before: the API server compares those of map lists only, and no rule of ours asks. */
function elements(schema: z.core.$ZodType, { path, value }: Place): Issue[] {
  const element = elementOf(schema);
  if (element === undefined || !Array.isArray(value)) return [];
  return value.flatMap((each: unknown, index) =>
    broken(element, { path: `${path}[${index.toString()}]`, value: each, oldValue: undefined }),
  );
}

/** As the API server words it: it shows a value that is wrong itself, not an object that has something wrong in it. */
function worded(rule: Rule<unknown>, { value, oldValue }: Place): string {
  const message = renderMessage(rule.message, value, oldValue);
  if (rule.forbidden) return `Forbidden: ${message}`;
  return typeof value === 'object'
    ? `Invalid value: ${message}`
    : `Invalid value: ${JSON.stringify(value)}: ${message}`;
}

const below = ({ path, value, oldValue }: Place, field: string): Place => ({
  path: path === '' ? field : `${path}.${field}`,
  value: valueAt(value, field),
  oldValue: valueAt(oldValue, field),
});

const valueAt = (object: unknown, field: string): unknown =>
  typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[field] : undefined;
