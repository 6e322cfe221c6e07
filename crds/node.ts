import { z } from 'zod';
import { address, commonStatus, count, power } from './fields.ts';
import { ageColumn, objectSchema, readyColumn, statusColumn } from './kind.ts';
import type { Immutable, Kind } from './kind.ts';
import type { Metadata } from './metadata.ts';
import { API_VERSION } from './names.ts';
import { enoughForControlPlane, nodeResources } from './resources.ts';
import { withRules } from './rule.ts';
import { dnsLabelRule, imageRule, immutable, immutableOptional, nameRule } from './rules.ts';

const ANOTHER = 'it is fixed when a node is made; delete this Node and make another';

const specSchema = withRules(
  z
    .object({
      cluster: withRules(
        z.string().max(253).describe('Name of the Cluster, in the same namespace, that the node joins.'),
        dnsLabelRule,
        immutable(ANOTHER),
      ),
      role: withRules(
        z.enum(['control-plane', 'worker']).describe('What the node does in its cluster.'),
        immutable(ANOTHER),
      ).default('worker'),
      image: withRules(
        z.string().max(255).describe("Node image. When absent, the cluster's."),
        imageRule,
      ).exactOptional(),
      power: power('the node, unless its cluster says less,'),
      resources: nodeResources().exactOptional(),
      remediation: z
        .object({
          mode: z
            .enum(['Enabled', 'Disabled'])
            .describe("Disabled: left alone however unhealthy it is. Enabled: as the cluster's spec.remediation says.")
            .default('Enabled'),
        })
        .describe('What is done when the cluster does not call the node Ready.')
        .prefault({}),
    })
    .describe(
      'What the node should be. Power, resources and remediation can be changed at any time; the rest is fixed.',
    ),
  immutableOptional('image', ANOTHER),
  ...enoughForControlPlane,
);

const statusSchema = z
  .object({
    ...commonStatus,
    image: z.string().max(255).describe('Node image that the container was made from.').exactOptional(),
    version: z.string().max(64).describe('Kubernetes version of the kubelet.').exactOptional(),
    osImage: z.string().max(256).describe('Operating system of the node, as its kubelet tells it.').exactOptional(),
    kernelVersion: z
      .string()
      .max(256)
      .describe('Version of the Linux kernel, as its kubelet tells it.')
      .exactOptional(),
    address: address().describe('IPv4 address of the node. It never changes.').exactOptional(),
    hostname: z.string().max(63).describe('Host name, and name of the node in its cluster.').exactOptional(),
    power: z
      .enum(['Running', 'Stopped', 'Paused'])
      .describe('What the container does, as against what spec.power asks for.')
      .exactOptional(),
    remediation: z
      .object({
        step: z.enum(['Restart', 'Replace']).describe('What is done, or was done last.'),
        at: z.string().meta({ format: 'date-time' }).describe('When it was decided, which is before it is done.'),
        count: count().describe('How often something was done since the node was last healthy for an hour.'),
        containerID: z
          .string()
          .max(64)
          .describe('Id of the container that was unhealthy: once there is another, it has been replaced.')
          .exactOptional(),
        startedAt: z
          .string()
          .meta({ format: 'date-time' })
          .describe('When that container had been started: once this is another time, it has been restarted.')
          .exactOptional(),
      })
      .describe('What is done about a node that is unhealthy, until it has been healthy for an hour.')
      .exactOptional(),
    certificatesExpire: z
      .string()
      .meta({ format: 'date-time' })
      .describe("When the first of the node's certificates ends, unless it is renewed before.")
      .exactOptional(),
    resources: z
      .object({
        cpu: z.string().max(32).describe('CPUs.').exactOptional(),
        memory: z.string().max(32).describe('Memory.').exactOptional(),
      })
      .describe('What was asked for of the host and is so: the container has it, and its kubelet says so.')
      .exactOptional(),
    containerName: z.string().max(128).describe('Name of the Docker container.').exactOptional(),
    containerID: z
      .string()
      .max(64)
      .regex(/^[a-f0-9]{64}$/)
      .describe('Id of the Docker container.')
      .exactOptional(),
  })
  .describe('What the node is.');

const nodeSchema = withRules(
  objectSchema('Node', specSchema, statusSchema),
  nameRule('Node', 40, "it begins the node's host name, which with the cluster's domain may have 63 characters"),
);

export type NodeSpec = Immutable<z.output<typeof specSchema>>;
export type NodeStatus = Immutable<z.output<typeof statusSchema>>;

/** One Docker container that is a node of a cluster. */
export interface Node {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'Node';
  readonly metadata: Metadata;
  readonly spec: NodeSpec;
  readonly status?: NodeStatus;
}

export const NodeKind: Kind<Node> = {
  apiVersion: API_VERSION,
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['qn'],
  categories: ['qbo'],
  namespaced: true,
  description: 'Node is one Docker container that is a node of a cluster.',
  schema: nodeSchema,
  columns: [
    readyColumn,
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'Cluster that the node belongs to.' },
    { name: 'Role', type: 'string', jsonPath: '.spec.role', description: 'What the node does in its cluster.' },
    { name: 'Power', type: 'string', jsonPath: '.status.power', description: 'What the container does.' },
    { name: 'Address', type: 'string', jsonPath: '.status.address', description: 'Address of the node.' },
    { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'Version of the kubelet.' },
    { name: 'Container', type: 'string', jsonPath: '.status.containerName', description: 'Container.', wide: true },
    { name: 'Image', type: 'string', jsonPath: '.status.image', description: 'Node image.', wide: true },
    { name: 'CPU', type: 'string', jsonPath: '.status.resources.cpu', description: 'CPUs that it has.', wide: true },
    { name: 'Memory', type: 'string', jsonPath: '.status.resources.memory', description: 'Its memory.', wide: true },
    statusColumn,
    ageColumn,
  ],
};
