import { z } from 'zod';
import { messageExpression, rulesOf } from '../../crds/rule.ts';
import type { Rule } from '../../crds/rule.ts';

/** What a CRD may say about a value: the part of OpenAPI 3.0 that Kubernetes calls structural, and its extensions. */
export interface StructuralSchema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: StructuralSchema;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly Validation[];
}

interface Validation {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueForbidden';
}

/** The order in which a reader wants the keys of one schema. */
const KEYS = [
  'description',
  'type',
  'format',
  'enum',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'items',
  'properties',
  'required',
  'x-kubernetes-validations',
] as const satisfies readonly (keyof StructuralSchema)[];

/** A zod schema as the API server takes it; rules become CEL. Throws on a keyword that a structural schema has not. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const generated = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      delete jsonSchema.additionalProperties;
      dropUnsafeBounds(jsonSchema);
      // The extension says it all: the union itself is more than a structural schema may say.
      if (jsonSchema['x-kubernetes-int-or-string'] === true) delete jsonSchema.anyOf;
      const rules = rulesOf(zodSchema);
      if (rules.length > 0) jsonSchema['x-kubernetes-validations'] = rules.map(validation);
    },
  });
  return ordered(generated, '');
}

/** zod bounds every integer by what a double can hold; `format` says that better. */
function dropUnsafeBounds(jsonSchema: { minimum?: number; maximum?: number }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

function validation({ cel, message, fieldPath, forbidden }: Rule<unknown>): Validation {
  const expression = messageExpression(message);
  return {
    rule: cel,
    ...(expression === undefined ? { message } : { messageExpression: expression }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
    ...(forbidden === undefined ? {} : { reason: 'FieldValueForbidden' }),
  };
}

function ordered(generated: object, path: string): StructuralSchema {
  const from = new Map<string, unknown>(Object.entries(generated));
  const foreign = [...from.keys()].filter((key) => !KEYS.some((known) => known === key));
  if (foreign.length > 0) throw new Error(`${path || 'The schema'} has ${foreign.join(', ')}, which no CRD may have`);

  const result: Record<string, unknown> = {};
  for (const key of KEYS) if (from.has(key)) result[key] = from.get(key);
  if (from.has('items')) result['items'] = ordered(from.get('items') as object, `${path}[]`);
  if (from.has('properties')) {
    const fields = Object.entries(from.get('properties') as Record<string, object>);
    result['properties'] = Object.fromEntries(fields.map(([name, field]) => [name, ordered(field, `${path}.${name}`)]));
  }
  return result;
}
