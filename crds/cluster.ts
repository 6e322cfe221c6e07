import { z } from 'zod';
import { durationRule } from './duration.ts';
import { address, block, commonStatus, count, power } from './fields.ts';
import { ageColumn, objectSchema, readyColumn, statusColumn } from './kind.ts';
import type { Immutable, Kind } from './kind.ts';
import type { Metadata } from './metadata.ts';
import { parseCIDR } from './cidr.ts';
import { API_VERSION } from './names.ts';
import { blockRules, disjoint } from './network-rules.ts';
import { clusterResources } from './resources.ts';
import type { Rule } from './rule.ts';
import { withRules } from './rule.ts';
import { domainRule, imageRule, immutable, immutableOptional, nameRule } from './rules.ts';

const LATER = 'upgrades come with a later release; until then make another cluster';
const ANOTHER = 'it is fixed when a cluster is made; make another cluster';

const pods = { field: 'podCIDR', name: 'the pod network' } as const;
const services = { field: 'serviceCIDR', name: 'the service network' } as const;
const nodes = { field: 'subnet', name: 'the subnet' } as const;

const networkingSchema = withRules(
  z
    .object({
      podCIDR: withRules(
        block().describe('IPv4 block of the pods. Every node takes a /24 of it.'),
        ...blockRules('10.244.0.0/16', 12, 20),
        immutable(ANOTHER),
      ).default('10.244.0.0/16'),
      serviceCIDR: withRules(
        block().describe('IPv4 block of the services.'),
        ...blockRules('10.96.0.0/16', 12, 24),
        immutable(ANOTHER),
      ).default('10.96.0.0/16'),
      subnet: withRules(
        block().describe('IPv4 /24 of the nodes. When absent, one is taken from the pool and recorded in the Network.'),
        ...blockRules('172.18.0.0/24', 24, 24),
      ).exactOptional(),
    })
    .describe('The address blocks of the cluster. They may not overlap.'),
  disjoint(pods, services),
  disjoint(nodes, pods),
  disjoint(nodes, services),
  immutableOptional('subnet', ANOTHER),
);

/** A node takes a /24, so a /20 has room for 16. Only blocks smaller than a /17 can be too small for 101 nodes. */
const roomForNodes: Rule<{ controlPlanes: number; workers: number; networking: { podCIDR: string } }> = {
  cel:
    '!has(self.networking) || !has(self.networking.podCIDR) || !isCIDR(self.networking.podCIDR) || [[18, 64], [19, 32], [20, 16]].all(size, ' +
    'cidr(self.networking.podCIDR).prefixLength() != size[0] || self.workers + self.controlPlanes <= size[1])',
  holds: ({ controlPlanes, workers, networking }) => {
    const prefix = parseCIDR(networking.podCIDR)?.prefix;
    return prefix === undefined || prefix < 18 || prefix > 20 || workers + controlPlanes <= 2 ** (24 - prefix);
  },
  message:
    'the pod network {self.networking.podCIDR} is too small for so many nodes, each of which takes a /24 of it: ' +
    'ask for fewer workers, or make a cluster with a larger spec.networking.podCIDR',
};

const remediationSchema = z
  .object({
    mode: z
      .enum(['Enabled', 'Disabled'])
      .describe('Whether a node that stays unhealthy is restarted, and then replaced.')
      .default('Enabled'),
    timeout: withRules(
      z
        .string()
        .max(32)
        .describe('How long a node may be unhealthy before it is restarted, and again before it is replaced.'),
      durationRule('30s', 'a node that is being started needs as long'),
    ).default('5m'),
  })
  .describe(
    'What is done about nodes that their cluster does not call Ready. Containers that stop are started at once, whatever is said here.',
  );

const specSchema = withRules(
  z
    .object({
      image: withRules(
        z
          .string()
          .max(255)
          .describe(
            'Node image, made for kind, that every node runs, as in kindest/node:v1.35.4. When absent, the newest that is known; ' +
              'what was chosen stays in status.image.',
          ),
        imageRule,
      ).exactOptional(),
      controlPlanes: withRules(
        z.int().meta({ format: 'int32' }).describe('Number of control plane nodes. Only 1 so far.'),
        {
          cel: 'self == 1',
          holds: (self) => self === 1,
          message:
            'only 1 control plane is possible for now: 3 and 5 come with a later release, ' +
            'and an even number never makes sense, because etcd needs a majority to go on',
        },
      ).default(1),
      workers: z
        .int()
        .min(0)
        .max(100)
        .meta({ format: 'int32' })
        .describe('Number of worker nodes; `kubectl scale` changes it. With 0, the control plane takes pods.')
        .default(2),
      domain: withRules(
        z.string().max(253).describe("DNS domain that the nodes' host names end in."),
        domainRule,
        immutable(ANOTHER),
      ).default('localhost'),
      networking: networkingSchema.prefault({}),
      power: power('the cluster'),
      resources: clusterResources().exactOptional(),
      remediation: remediationSchema.prefault({}),
    })
    .describe(
      'What the cluster should be. The number of workers, power, resources and remediation can be changed at any time; the rest is fixed.',
    ),
  immutableOptional('image', LATER),
  roomForNodes,
);

const statusSchema = z
  .object({
    ...commonStatus,
    image: z.string().max(255).describe('Node image that was chosen; it does not move by itself.').exactOptional(),
    version: z.string().max(64).describe('Kubernetes version that runs.').exactOptional(),
    kindName: z.string().max(128).describe("Name under which kind's command line knows the cluster.").exactOptional(),
    power: z
      .enum(['Running', 'Starting', 'Stopping', 'Stopped', 'Pausing', 'Paused'])
      .describe('What the containers of the cluster do, as against what spec.power asks for.')
      .exactOptional(),
    remediation: z
      .object({
        node: z.string().max(63).describe('Name of the Node that may be restarted or replaced now. One at a time.'),
      })
      .describe('Present while a node is being remediated.')
      .exactOptional(),
    certificatesExpire: z
      .string()
      .meta({ format: 'date-time' })
      .describe("When the first of the cluster's certificates ends, unless it is renewed before.")
      .exactOptional(),
    address: address().describe('IPv4 address of the control plane.').exactOptional(),
    endpoint: z.string().max(255).describe('URL of the Kubernetes API.').exactOptional(),
    nodes: z
      .string()
      .max(48)
      .describe('Ready nodes of all that are to run, as in 3/3, and how many are not to, as in 2/2 (1 stopped).')
      .exactOptional(),
    readyNodes: count().describe('Number of nodes that are Ready.').exactOptional(),
    totalNodes: count().describe('Number of nodes that exist.').exactOptional(),
    workers: count().describe('Number of workers that exist; the current scale.').exactOptional(),
    selector: z
      .string()
      .max(512)
      .describe('Label selector of the worker Nodes, for the scale subresource.')
      .exactOptional(),
  })
  .describe('What the cluster is.');

export const clusterSchema = withRules(
  objectSchema('Cluster', specSchema.prefault({}), statusSchema),
  nameRule('Cluster', 63, 'it becomes a label of containers and networks'),
);

export type ClusterSpec = Immutable<z.output<typeof specSchema>>;
export type ClusterStatus = Immutable<z.output<typeof statusSchema>>;

/** Name of the Secret, beside the Cluster, that has its administrator's kubeconfig under `value`. */
export const kubeconfigSecret = (cluster: string): string => `${cluster}-kubeconfig`;

/** A Kubernetes cluster whose nodes are Docker containers. */
export interface Cluster {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'Cluster';
  readonly metadata: Metadata;
  readonly spec: ClusterSpec;
  readonly status?: ClusterStatus;
}

export const ClusterKind: Kind<Cluster> = {
  apiVersion: API_VERSION,
  kind: 'Cluster',
  plural: 'clusters',
  singular: 'cluster',
  shortNames: ['qc'],
  categories: ['qbo'],
  namespaced: true,
  description: 'Cluster is a Kubernetes cluster whose nodes are Docker containers.',
  schema: clusterSchema,
  columns: [
    readyColumn,
    { name: 'Nodes', type: 'string', jsonPath: '.status.nodes', description: 'Ready nodes of all.' },
    { name: 'Power', type: 'string', jsonPath: '.status.power', description: 'What the containers do.' },
    { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'Kubernetes version.' },
    { name: 'Address', type: 'string', jsonPath: '.status.address', description: 'Address of the control plane.' },
    { name: 'Image', type: 'string', jsonPath: '.status.image', description: 'Node image.', wide: true },
    { name: 'Workers', type: 'integer', jsonPath: '.spec.workers', description: 'Workers asked for.', wide: true },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint', description: 'URL of the API.', wide: true },
    statusColumn,
    ageColumn,
  ],
  scale: {
    specReplicasPath: '.spec.workers',
    statusReplicasPath: '.status.workers',
    labelSelectorPath: '.status.selector',
  },
};
