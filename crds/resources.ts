import { z } from 'zod';
import { parseQuantity } from './quantity.ts';
import type { Quantity } from './quantity.ts';
import type { Rule } from './rule.ts';
import { withRules } from './rule.ts';

/** What a control plane's own components ask for is 750m and about 700Mi: with less they do not start, or are killed. */
const LEAST_OF_CONTROL_PLANE = { cpu: '1', memory: '1Gi' } as const;
/** Room for the kubelet, containerd, the pod network and little else. */
const LEAST_OF_WORKER = { cpu: '100m', memory: '512Mi' } as const;

/** A quantity of `least` or more. `why` completes "..., because". */
const atLeast = (least: string, example: string, why: string): Rule<Quantity> => ({
  cel: `isQuantity(string(self)) && quantity(string(self)).compareTo(quantity('${least}')) >= 0`,
  holds: (self) => isAtLeast(self, least),
  message: `not a quantity of ${least} or more: write it as in ${example}; less is not possible because ${why}`,
});

const isAtLeast = (quantity: Quantity, least: string): boolean =>
  (parseQuantity(quantity) ?? -1) >= (parseQuantity(least) ?? 0);

/** People write `cpu: 2` and mean a quantity. */
const quantity = () => z.union([z.int(), z.string().max(32)]).meta({ 'x-kubernetes-int-or-string': true });

const resources = (least: { cpu: string; memory: string }, why: string, of: string) =>
  z
    .object({
      cpu: withRules(
        quantity().describe(`CPUs that ${of} may use, as in 2 or 1500m. When absent, all of the host.`),
        atLeast(least.cpu, '2 or 1500m', why),
      ).exactOptional(),
      memory: withRules(
        quantity().describe(`Memory that ${of} may use, as in 2Gi, without swap. When absent, all of the host.`),
        atLeast(least.memory, '2Gi or 1500Mi', why),
      ).exactOptional(),
    })
    .describe(`What ${of} may use of the host; its kubelet says so too. Changes are applied while it runs.`);

export const clusterResources = () =>
  resources(
    LEAST_OF_CONTROL_PLANE,
    'control planes need as much for themselves; give single workers less in spec.resources of their Node',
    'each node',
  );

export const nodeResources = () =>
  resources(
    LEAST_OF_WORKER,
    "a node's own services need as much",
    "the node, instead of what its cluster's nodes have,",
  );

/** A Node that is a control plane needs more than one that is not. */
export const enoughForControlPlane: readonly Rule<{
  role: string;
  resources?: { cpu?: Quantity; memory?: Quantity };
}>[] = (['cpu', 'memory'] as const).map((field) => ({
  cel:
    `self.role != 'control-plane' || !has(self.resources) || !has(self.resources.${field}) || ` +
    `!isQuantity(string(self.resources.${field})) || ` +
    `quantity(string(self.resources.${field})).compareTo(quantity('${LEAST_OF_CONTROL_PLANE[field]}')) >= 0`,
  holds: ({ role, resources: asked }) =>
    role !== 'control-plane' ||
    asked?.[field] === undefined ||
    parseQuantity(asked[field]) === undefined ||
    isAtLeast(asked[field], LEAST_OF_CONTROL_PLANE[field]),
  message: `too little for a control plane, whose components need ${LEAST_OF_CONTROL_PLANE[field]} for themselves: ask for that or more`,
  fieldPath: `.resources.${field}`,
}));
