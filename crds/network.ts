import { z } from 'zod';
import { address, block, commonStatus } from './fields.ts';
import { ageColumn, objectSchema, readyColumn, statusColumn } from './kind.ts';
import type { Immutable, Kind } from './kind.ts';
import type { Metadata } from './metadata.ts';
import { API_VERSION } from './names.ts';
import { blockRules } from './network-rules.ts';
import { withRules } from './rule.ts';
import { dnsLabelRule, dockerNameRule, immutable, immutableOptional, nameRule } from './rules.ts';

const ANOTHER = 'it is fixed when a network is made; delete this Network and make another';

const specSchema = withRules(
  z
    .object({
      cluster: withRules(
        z.string().max(253).describe('Name of the Cluster, in the same namespace, whose nodes are in the network.'),
        dnsLabelRule,
        immutable(ANOTHER),
      ),
      subnet: withRules(
        block().describe('IPv4 /24 that is asked for. When absent, one is taken from the pool.'),
        ...blockRules('172.18.0.0/24', 24, 24),
      ).exactOptional(),
      dockerNetwork: withRules(
        z
          .string()
          .max(128)
          .describe(
            'Docker network of somebody else that is used as it is, with addresses that the engine picks; it is never ' +
              'made or removed. When absent, one is made.',
          ),
        dockerNameRule,
      ).exactOptional(),
    })
    .describe('What the network should be. Nothing here can be changed later.'),
  immutableOptional('subnet', ANOTHER),
  immutableOptional('dockerNetwork', ANOTHER),
);

const statusSchema = z
  .object({
    ...commonStatus,
    subnet: z.string().max(18).describe('IPv4 block of the network.').exactOptional(),
    gateway: address().describe("The host's address in the network.").exactOptional(),
    dockerNetwork: z.string().max(255).describe('Name of the Docker network.').exactOptional(),
    dockerNetworkID: z.string().max(64).describe('Id of the Docker network.').exactOptional(),
    addresses: z
      .array(
        z
          .object({
            node: z.string().max(63).describe('Name of the Node.'),
            address: address().describe('Its IPv4 address.'),
          })
          .describe('The address of one Node.'),
      )
      .max(256)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['node'] })
      .describe('Addresses that are taken. A Node keeps its own for as long as it exists.')
      .exactOptional(),
  })
  .describe('What the network is.');

const networkSchema = withRules(
  objectSchema('Network', specSchema, statusSchema),
  nameRule('Network', 63, 'it becomes a label of the Docker network'),
);

export type NetworkSpec = Immutable<z.output<typeof specSchema>>;
export type NetworkStatus = Immutable<z.output<typeof statusSchema>>;

/** The Docker network of a cluster, and the addresses in it. */
export interface Network {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'Network';
  readonly metadata: Metadata;
  readonly spec: NetworkSpec;
  readonly status?: NetworkStatus;
}

export const NetworkKind: Kind<Network> = {
  apiVersion: API_VERSION,
  kind: 'Network',
  plural: 'networks',
  singular: 'network',
  shortNames: ['qnet'],
  categories: ['qbo'],
  namespaced: true,
  description: 'Network is the Docker network of a cluster, and the addresses in it.',
  schema: networkSchema,
  columns: [
    readyColumn,
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'Cluster that the network is for.' },
    { name: 'Subnet', type: 'string', jsonPath: '.status.subnet', description: 'IPv4 block of the network.' },
    { name: 'Gateway', type: 'string', jsonPath: '.status.gateway', description: "The host's address.", wide: true },
    { name: 'Docker-Network', type: 'string', jsonPath: '.status.dockerNetwork', description: 'Network.', wide: true },
    statusColumn,
    ageColumn,
  ],
};
