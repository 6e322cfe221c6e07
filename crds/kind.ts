import { z } from 'zod';
import { API_VERSION } from './names.ts';

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Only with `-o wide`. */
  readonly wide?: true;
}

/** Everything that is known about a kind: where it lives in the API, how it is checked and how it is shown. */
export interface Kind<T> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** False: its objects are in no namespace, and one name means one object. */
  readonly namespaced: boolean;
  readonly description: string;
  /** The whole object; `parse` fills in defaults and drops unknown fields. Rules are checked by `admit`, not here. */
  readonly schema: z.ZodObject;
  readonly columns: readonly Column[];
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath: string;
  };
  /** Never set: carries T for the compiler. */
  readonly _object?: T;
}

/**
 * Nobody has looked yet: it lags behind every generation. Without it, tools that know kstatus (Flux does the same) would
 * take an object that has no status yet for one that never has any, and call it done.
 */
const NEVER_OBSERVED = -1;

/** The schema of a whole object, from those of its spec and status. */
export const objectSchema = <S extends z.ZodType, T extends z.ZodType>(kind: string, spec: S, status: T) =>
  z.object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    metadata: z.looseObject({ name: z.string().max(253) }),
    spec,
    status: status.default(() => ({ observedGeneration: NEVER_OBSERVED }) as never),
  });

/** What a schema yields is data to read, not to change in place. */
export type Immutable<T> = T extends readonly (infer E)[]
  ? readonly Immutable<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

const condition = (type: string, field: 'status' | 'reason' | 'message'): string =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

export const readyColumn: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: condition('Ready', 'status'),
  description: 'True when it can be used.',
};

export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};

export const statusColumn: Column = {
  name: 'Status',
  type: 'string',
  jsonPath: condition('Ready', 'message'),
  description: 'The step that is missing, and why.',
  wide: true,
};
