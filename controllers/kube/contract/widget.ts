import type { Condition } from '../../runtime/condition.ts';
import type { KubeObject } from '../../runtime/object.ts';
import type { ResourceType } from '../client.ts';

/** A custom resource that exists for the contract alone. */
export interface Widget extends KubeObject {
  readonly spec?: {
    readonly size?: number;
    readonly colour?: string;
    readonly parts?: Readonly<Record<string, string>>;
    readonly path?: readonly string[];
    readonly ports?: readonly { readonly name: string; readonly number?: number }[];
  };
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

export const WidgetType: ResourceType<Widget> = {
  apiVersion: 'contract.qbo.io/v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

const text = { type: 'string' };
const number = { type: 'integer' };
const object = (properties: Record<string, unknown>): Record<string, unknown> => ({ type: 'object', properties });
const keyed = (key: string, properties: Record<string, unknown>): Record<string, unknown> => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': [key],
  items: { ...object(properties), required: [key] },
});

const schema = object({
  spec: object({
    size: number,
    colour: text,
    parts: { type: 'object', additionalProperties: text },
    path: { type: 'array', items: text },
    ports: keyed('name', { name: text, number }),
  }),
  status: object({
    phase: text,
    conditions: keyed('type', {
      type: text,
      status: text,
      reason: text,
      message: text,
      lastTransitionTime: text,
      observedGeneration: number,
    }),
  }),
});

/** Declares Widget to a real server. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.contract.qbo.io' },
  spec: {
    group: 'contract.qbo.io',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    versions: [
      { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } },
    ],
  },
};
