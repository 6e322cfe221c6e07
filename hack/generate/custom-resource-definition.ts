import type { Column, Kind } from '../../crds/kind.ts';
import { GROUP, VERSION } from '../../crds/names.ts';
import { structuralSchema } from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** These three are the API server's own; it accepts nothing but their types here. */
const typeMeta: Readonly<Record<string, StructuralSchema>> = {
  apiVersion: { description: 'Version of the schema that the object follows.', type: 'string' },
  kind: { description: 'Kind of the object.', type: 'string' },
  metadata: { type: 'object', properties: { name: { type: 'string' } } },
};

/** The CustomResourceDefinition of a kind, as an object to be written as YAML. */
export function customResourceDefinition(kind: Kind<unknown>): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns.map(printerColumn),
          subresources: { status: {}, ...(kind.scale === undefined ? {} : { scale: scale(kind.scale) }) },
          schema: { openAPIV3Schema: rootSchema(kind) },
        },
      ],
    },
  };
}

function rootSchema(kind: Kind<unknown>): StructuralSchema {
  const { properties, required = [], ...generated } = structuralSchema(kind.schema);
  const own = required.filter((field) => !(field in typeMeta));
  return {
    description: kind.description,
    type: 'object',
    properties: { ...properties, ...typeMeta },
    ...(own.length === 0 ? {} : { required: own }),
    ...generated,
  };
}

const printerColumn = ({ name, type, jsonPath, description, wide }: Column): object => ({
  name,
  type,
  jsonPath,
  description,
  ...(wide === true ? { priority: 1 } : {}),
});

const scale = ({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath,
}: NonNullable<Kind<unknown>['scale']>): object => ({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath,
});
