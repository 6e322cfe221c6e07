import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

/** What API reviewers of Kubernetes look for, asked of the committed YAML: that is what a cluster gets. */

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly additionalPrinterColumns: readonly Column[];
      readonly subresources: { readonly status?: object; readonly scale?: Readonly<Record<string, string>> };
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** One schema and where it stands: `.spec.workers`, `.status.conditions[].type`. */
interface Field {
  readonly path: string;
  readonly schema: Schema;
}

const fieldsOf = ({ path, schema }: Field): Field[] => [
  { path, schema },
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    fieldsOf({ path: `${path}.${name}`, schema: field }),
  ),
  ...(schema.items === undefined ? [] : fieldsOf({ path: `${path}[]`, schema: schema.items })),
];

const definitions = readdirSync(import.meta.dirname)
  .filter((file) => /^qbo\.io_.*\.yaml$/.test(file))
  .map((file) => parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Definition);

test('there is a definition of every kind', () => {
  expect(definitions.map(({ metadata }) => metadata.name).sort()).toEqual([
    'addresspools.qbo.io',
    'clusters.qbo.io',
    'loadbalancers.qbo.io',
    'networks.qbo.io',
    'nodes.qbo.io',
    'users.qbo.io',
  ]);
});

describe.each(definitions.map((definition) => [definition.metadata.name, definition] as const))('%s', (_, { spec }) => {
  const version = spec.versions[0];
  if (version === undefined) throw new Error('no version');
  const root = version.schema.openAPIV3Schema;
  /** Ours: all but apiVersion, kind and metadata, which the API server knows better. */
  const fields = [
    { path: '', schema: root },
    ...['spec', 'status'].flatMap((part) => fieldsOf({ path: `.${part}`, schema: root.properties?.[part] ?? {} })),
  ];
  const pathsWhere = (wrong: (schema: Schema, path: string) => boolean): string[] =>
    fields.filter(({ schema, path }) => wrong(schema, path)).map(({ path }) => path);
  const has = (path: string): boolean => fields.some((field) => field.path === path);

  test('bounds every string, by length, by value or by format', () => {
    const unbounded = ({ type, maxLength, enum: values, format }: Schema): boolean =>
      type === 'string' && maxLength === undefined && values === undefined && format !== 'date-time';
    expect(pathsWhere(unbounded)).toEqual([]);
  });

  test('bounds every list', () => {
    expect(pathsWhere(({ type, maxItems }) => type === 'array' && maxItems === undefined)).toEqual([]);
  });

  test('says of every list how it merges, and of every map list its keys', () => {
    const undeclared = (schema: Schema): boolean =>
      schema.type === 'array' && !['map', 'set', 'atomic'].includes(String(schema['x-kubernetes-list-type']));
    const keyless = (schema: Schema): boolean =>
      schema['x-kubernetes-list-type'] === 'map' && !Array.isArray(schema['x-kubernetes-list-map-keys']);
    expect(pathsWhere((schema) => undeclared(schema) || keyless(schema))).toEqual([]);
  });

  test('requires the keys of a map list in its elements', () => {
    const optionalKey = ({ items, ...list }: Schema): boolean =>
      ((list['x-kubernetes-list-map-keys'] ?? []) as string[]).some((key) => !(items?.required ?? []).includes(key));
    expect(pathsWhere(optionalKey)).toEqual([]);
  });

  test('has no boolean, which could never grow a third value', () => {
    expect(pathsWhere(({ type }) => type === 'boolean')).toEqual([]);
  });

  test('has no floating point number', () => {
    expect(pathsWhere(({ type }) => type === 'number')).toEqual([]);
  });

  test('gives every integer a width and a lower bound, unless a rule bounds it', () => {
    const loose = (schema: Schema): boolean =>
      schema.type === 'integer' &&
      (!['int32', 'int64'].includes(schema.format ?? '') ||
        (schema.minimum === undefined && schema['x-kubernetes-validations'] === undefined));
    expect(pathsWhere(loose)).toEqual([]);
  });

  test('gives every field a type', () => {
    const untyped = (schema: Schema): boolean =>
      schema.type === undefined && schema['x-kubernetes-int-or-string'] !== true;
    expect(pathsWhere(untyped)).toEqual([]);
  });

  test('describes every field in a sentence', () => {
    expect(pathsWhere(({ description }) => !/^[A-Z].*\.$/.test(description ?? ''))).toEqual([]);
  });

  test('has only keywords that a structural schema may have', () => {
    const banned = ['additionalProperties', 'nullable', 'oneOf', 'anyOf', 'allOf', 'not', '$ref', '$schema'];
    expect(pathsWhere((schema) => banned.some((keyword) => keyword in schema))).toEqual([]);
    expect(pathsWhere((schema) => 'x-kubernetes-preserve-unknown-fields' in schema)).toEqual([]);
  });

  test('names fields in camelCase', () => {
    expect(pathsWhere((_schema, path) => !/^[a-z][a-zA-Z]*(\[\])?$|^$/.test(path.split('.').at(-1) ?? ''))).toEqual([]);
  });

  test('has the conditions of metav1, as a map by type', () => {
    const conditions = root.properties?.['status']?.properties?.['conditions'];
    expect(conditions).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
    expect(Object.keys(conditions?.items?.properties ?? {}).sort()).toEqual(
      ['lastTransitionTime', 'message', 'observedGeneration', 'reason', 'status', 'type'].sort(),
    );
    expect([...(conditions?.items?.required ?? [])].sort()).toEqual(
      ['lastTransitionTime', 'message', 'reason', 'status', 'type'].sort(),
    );
    expect(conditions?.items?.properties).toMatchObject({
      type: { maxLength: 316 },
      status: { enum: ['True', 'False', 'Unknown'] },
      reason: { minLength: 1, maxLength: 1024 },
      message: { maxLength: 32768 },
      lastTransitionTime: { format: 'date-time' },
    });
  });

  test('begins its status with conditions and observedGeneration', () => {
    expect(Object.keys(root.properties?.['status']?.properties ?? {}).slice(0, 2)).toEqual([
      'conditions',
      'observedGeneration',
    ]);
  });

  test('requires nothing in status, which several may write parts of', () => {
    expect(root.properties?.['status']?.required).toBeUndefined();
  });

  test('does not require a field that has a default', () => {
    const both = ({ properties = {}, required = [] }: Schema): boolean =>
      required.some((name) => properties[name]?.default !== undefined);
    expect(pathsWhere(both)).toEqual([]);
  });

  test('explains every rule with a message', () => {
    const silent = (schema: Schema): boolean =>
      ((schema['x-kubernetes-validations'] ?? []) as { message?: string; messageExpression?: string }[]).some(
        ({ message, messageExpression }) => (message ?? messageExpression ?? '').length < 20,
      );
    expect(pathsWhere(silent)).toEqual([]);
  });

  test('has a status subresource', () => {
    expect(version.subresources.status).toEqual({});
  });

  test('is namespaced, unless it is about people or the host, in one group, with a short name and the category qbo', () => {
    expect(spec.scope).toBe(['users', 'addresspools'].includes(spec.names.plural) ? 'Cluster' : 'Namespaced');
    expect(spec.group).toBe('qbo.io');
    expect(spec.names.shortNames).toHaveLength(1);
    expect(spec.names.categories).toEqual(['qbo']);
  });

  test('shows columns of fields that exist, Ready first and Age last', () => {
    const columns = version.additionalPrinterColumns;
    const field = (jsonPath: string): string => jsonPath.replace(/\[\?\(.*\)\]/, '[]');
    const missing = columns
      .map(({ jsonPath }) => field(jsonPath))
      .filter((path) => !path.startsWith('.metadata.') && !has(path));
    expect(missing).toEqual([]);
    expect([columns[0]?.name, columns.at(-1)?.name]).toEqual(['Ready', 'Age']);
    expect(columns.filter(({ description = '' }) => !description.endsWith('.')).map(({ name }) => name)).toEqual([]);
  });

  test('scales by fields that exist', () => {
    expect(Object.values(version.subresources.scale ?? {}).filter((path) => !has(path))).toEqual([]);
  });
});

test('Clusters, and they alone, can be scaled', () => {
  const scalable = definitions.filter(({ spec }) => spec.versions[0]?.subresources.scale !== undefined);
  expect(scalable.map(({ metadata }) => metadata.name)).toEqual(['clusters.qbo.io']);
});
