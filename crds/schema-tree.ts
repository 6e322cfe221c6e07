import { z } from 'zod';

/** The schema below the wrappers that give defaults or allow absence. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : unwrap(innerType);
}

/** Name and schema of each field; empty for what is not an object. */
export const fieldsOf = (schema: z.core.$ZodType): [string, z.core.$ZodType][] =>
  schema._zod.def.type === 'object' ? Object.entries((schema as z.core.$ZodObject)._zod.def.shape) : [];

/** The schema of a list's elements; undefined for what is no list. */
export const elementOf = (schema: z.core.$ZodType): z.core.$ZodType | undefined =>
  schema._zod.def.type === 'array' ? (schema as z.core.$ZodArray)._zod.def.element : undefined;

/**
 * The lists that are maps, by path, with the fields that are their keys: `{ 'status.conditions': ['type'] }`. Several writers
 * may own elements of one; any other list has one owner.
 */
export function mapLists(schema: z.core.$ZodType, path = ''): Readonly<Record<string, readonly string[]>> {
  const inner = unwrap(schema);
  const keys = z.globalRegistry.get(inner)?.['x-kubernetes-list-map-keys'] as readonly string[] | undefined;
  const below = fieldsOf(inner).map(([name, field]) => mapLists(field, path === '' ? name : `${path}.${name}`));
  return Object.assign({}, keys === undefined ? {} : { [path]: keys }, ...below) as Record<string, readonly string[]>;
}
