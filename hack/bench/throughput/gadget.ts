import type { ResourceType } from '../../../controllers/kube/client.ts';
import type { KubeObject } from '../../../controllers/runtime/object.ts';

export interface Gadget extends KubeObject {
  readonly spec: { readonly value: number };
  readonly status?: { readonly observedGeneration?: number };
}

export const GadgetType: ResourceType<Gadget> = {
  apiVersion: 'bench.qbo.io/v1',
  kind: 'Gadget',
  plural: 'gadgets',
  namespaced: true,
};

const integer = { type: 'integer' };

/** A kind that nobody else knows. */
export const gadgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.bench.qbo.io' },
  spec: {
    group: 'bench.qbo.io',
    names: { kind: 'Gadget', listKind: 'GadgetList', plural: 'gadgets', singular: 'gadget' },
    scope: 'Namespaced' as const,
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { value: integer } },
              status: { type: 'object', properties: { observedGeneration: integer } },
            },
          },
        },
      },
    ],
  },
};
