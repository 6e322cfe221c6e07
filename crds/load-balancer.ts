import { z } from 'zod';
import { commonStatus, count } from './fields.ts';
import { addressRule, sourceRangeRule } from './ip-rules.ts';
import { ageColumn, objectSchema, readyColumn, statusColumn } from './kind.ts';
import type { Immutable, Kind } from './kind.ts';
import type { Metadata } from './metadata.ts';
import { API_VERSION } from './names.ts';
import type { Rule } from './rule.ts';
import { withRules } from './rule.ts';
import { dnsLabelRule, immutableOptional, nameRule } from './rules.ts';

const LONGEST_NAME = 120;
/** IPv6 in full. */
const LONGEST_ADDRESS = 39;

const address = () => z.string().max(LONGEST_ADDRESS);
const port = () => z.int().min(1).max(65_535).meta({ format: 'int32' });
const protocol = () => z.enum(['TCP', 'UDP', 'SCTP']);

interface Ports {
  readonly port: number;
  readonly endPort?: number;
  readonly targetPort?: number;
}

const forwards: Rule<Ports> = {
  cel: '!has(self.endPort) || self.endPort >= self.port',
  holds: (self) => self.endPort === undefined || self.endPort >= self.port,
  message: 'the range runs backwards: endPort is its last port, and port its first',
  fieldPath: '.endPort',
};

const targetWithin: Rule<Ports> = {
  cel: '!has(self.targetPort) || !has(self.endPort) || self.targetPort + self.endPort - self.port <= 65535',
  holds: ({ port: first, endPort = first, targetPort = first }) => targetPort + endPort - first <= 65_535,
  message: 'the range of the members would end beyond port 65535: choose a lower targetPort',
  fieldPath: '.targetPort',
};

const portSchema = withRules(
  z
    .object({
      name: z.string().max(63).describe('What the port is for, for people.').exactOptional(),
      protocol: protocol().describe('Protocol of the port.').default('TCP'),
      port: port().describe('Port on the address, or the first of a range.'),
      endPort: port().describe('Last port of a range.').exactOptional(),
      targetPort: port()
        .describe('Port of the members, or the first of a range of the same length. When absent, the same as port.')
        .exactOptional(),
    })
    .describe('A port, or a range of ports, that is balanced.'),
  forwards,
  targetWithin,
);

interface Chosen {
  readonly role?: string;
  readonly node?: string;
  readonly address?: string;
}

const oneOfThem: Rule<Chosen> = {
  cel: '[has(self.role), has(self.node), has(self.address)].filter(is, is).size() == 1',
  holds: ({ role, node, address: fixed }) => [role, node, fixed].filter((each) => each !== undefined).length === 1,
  message: 'a member is chosen by role, by node or by address: set exactly one of the three',
};

const memberSchema = withRules(
  z
    .object({
      role: z
        .enum(['worker', 'control-plane'])
        .describe('All nodes of spec.cluster with this role; its control plane counts as a worker while it has none.')
        .exactOptional(),
      node: withRules(z.string().max(253).describe('Name of a Node of spec.cluster.'), dnsLabelRule).exactOptional(),
      address: withRules(address().describe('A fixed address, of whatever is there.'), addressRule).exactOptional(),
      weight: z
        .int()
        .min(0)
        .max(255)
        .meta({ format: 'int32' })
        .describe('How much it gets in comparison with others; with 0, no new connections.')
        .default(1),
    })
    .describe('Who answers: one address, or all nodes of a role.'),
  oneOfThem,
);

const seconds = (most: number) => z.int().min(1).max(most).meta({ format: 'int32' });

const inTime: Rule<{ readonly intervalSeconds: number; readonly timeoutSeconds: number }> = {
  cel: 'self.timeoutSeconds <= self.intervalSeconds',
  holds: (self) => self.timeoutSeconds <= self.intervalSeconds,
  message: 'an answer that is waited for longer than until the next question is never missed: set timeoutSeconds lower',
  fieldPath: '.timeoutSeconds',
};

const pathRule: Rule<string> = {
  cel: "self.matches('^/[!-~]*$')",
  holds: (self) => /^\/[!-~]*$/.test(self),
  message: "not a path: it begins with '/', and has letters, digits and signs, but no spaces",
};

const healthCheckSchema = withRules(
  z
    .object({
      protocol: z
        .enum(['TCP', 'HTTP', 'HTTPS', 'UDP'])
        .describe('What a member must do: take a connection, answer a GET with 200 to 399, or reply to a datagram.')
        .default('TCP'),
      port: port().describe('Port of the members. When absent, the first to which traffic goes.').exactOptional(),
      path: withRules(z.string().max(1024).describe('Path of the GET.'), pathRule).default('/'),
      payload: z.string().max(1024).describe('What the datagram has in it.').default(''),
      intervalSeconds: seconds(3600).describe('How often it is asked while it is well; else each second.').default(5),
      timeoutSeconds: seconds(60).describe('How long an answer may take.').default(2),
      failures: seconds(100).describe('After so many in a row it gets no new connections.').default(3),
      successes: seconds(100).describe('After so many in a row it gets them again.').default(1),
    })
    .describe('Whether members that could answer do. They are asked from where the operator is.'),
  inTime,
);

interface Members {
  readonly cluster?: string;
  readonly members: readonly Chosen[];
}

const clusterForNodes: Rule<Members> = {
  cel: 'has(self.cluster) || self.members.all(member, has(member.address))',
  holds: ({ cluster, members }) => cluster !== undefined || members.every((member) => member.address !== undefined),
  message: 'members that are nodes need the name of their cluster: set spec.cluster',
  fieldPath: '.cluster',
};

const specSchema = withRules(
  z
    .object({
      cluster: withRules(
        z
          .string()
          .max(253)
          .describe(
            'Name of a Cluster in the same namespace whose nodes are members. Load balancers of one cluster share one address, by port.',
          ),
        dnsLabelRule,
      ).exactOptional(),
      address: withRules(
        address().describe(
          'Address that is asked for; an AddressPool must have it. When absent, one is taken, and kept for as long as this object exists.',
        ),
        addressRule,
      ).exactOptional(),
      pool: withRules(
        z
          .string()
          .max(253)
          .describe('AddressPool to take the address from. When absent, any whose assignment is Automatic.'),
        dnsLabelRule,
      ).exactOptional(),
      ports: z
        .array(portSchema)
        .min(1)
        .max(128)
        .meta({ 'x-kubernetes-list-type': 'atomic' })
        .describe('What is balanced: at most 1000 ports in all.'),
      members: z
        .array(memberSchema)
        .max(256)
        .meta({ 'x-kubernetes-list-type': 'atomic' })
        .describe('Who answers. Nodes that are not ready are left out.')
        .default([{ role: 'worker', weight: 1 }]),
      scheduler: z
        .enum(['rr', 'wrr', 'lc', 'wlc', 'sh', 'mh', 'dh', 'sed', 'nq'])
        .describe(
          'How a member is chosen, as IPVS calls it: round robin, least connections, hash of the source, and so on.',
        )
        .default('rr'),
      forwarding: z
        .enum(['Masquerade', 'Direct', 'Tunnel'])
        .describe('How packets reach members. Masquerade translates addresses and ports, and works anywhere.')
        .default('Masquerade'),
      clientAddress: z
        .enum(['Hidden', 'Kept'])
        .describe("Whether members see the client's own address, or the host's, which works for members anywhere.")
        .default('Hidden'),
      persistenceSeconds: z
        .int()
        .min(1)
        .max(2_678_400)
        .meta({ format: 'int32' })
        .describe(
          'How long a client that makes no connection is sent to the member that it had. When absent, not at all.',
        )
        .exactOptional(),
      sourceRanges: z
        .array(withRules(z.string().max(43).describe('A CIDR.'), sourceRangeRule))
        .max(64)
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe('Where clients must come from. When absent, from anywhere.')
        .exactOptional(),
      healthCheck: healthCheckSchema.exactOptional(),
      drainSeconds: z
        .int()
        .min(0)
        .max(3600)
        .meta({ format: 'int32' })
        .describe('How long connections of a member that leaves may go on; it gets no new ones.')
        .default(30),
    })
    .describe('What is balanced among whom. Everything but the cluster can be changed at any time.'),
  clusterForNodes,
  immutableOptional('cluster', 'delete this LoadBalancer and make another'),
);

const total = () => z.int().min(0).meta({ format: 'int64' });

const ruleSchema = z
  .object({
    protocol: protocol().describe('Protocol.'),
    port: port().describe('Port on the address, or the first of a range.'),
    endPort: port().describe('Last port of a range.').exactOptional(),
    targetPort: port().describe('Port of the members.'),
    state: z
      .enum(['Active', 'Waiting', 'Refused'])
      .describe('Active; Waiting for a port that another LoadBalancer has; or Refused by the dataplane.'),
    message: z.string().max(1024).describe('Why it is not active.').exactOptional(),
    connections: total().describe('Connections since the rule was made.').exactOptional(),
    inboundPackets: total().describe('Packets from clients.').exactOptional(),
    inboundBytes: total().describe('Bytes from clients.').exactOptional(),
    outboundPackets: total().describe('Packets to clients.').exactOptional(),
    outboundBytes: total().describe('Bytes to clients.').exactOptional(),
  })
  .describe('A port of the address, and how it fares.');

const statusSchema = z
  .object({
    ...commonStatus,
    address: address().describe('The address. It stays for as long as this object exists.').exactOptional(),
    pool: z.string().max(253).describe('AddressPool that it is from.').exactOptional(),
    interface: z.string().max(15).describe('Network interface that carries it.').exactOptional(),
    ports: z.string().max(256).describe('The ports in short, as in 80,443,53/UDP.').exactOptional(),
    rules: z
      .array(ruleSchema)
      .max(128)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Every port, in the order of the spec. Counters are renewed once a minute.')
      .exactOptional(),
    members: z
      .array(
        z
          .object({
            address: address().describe('Its address.'),
            node: z.string().max(63).describe('Name of the Node, when it is one.').exactOptional(),
            weight: z.int().min(0).max(255).meta({ format: 'int32' }).describe('Its weight.'),
            state: z.enum(['Ready', 'Draining']).describe('Whether it gets new connections.'),
            since: z.string().meta({ format: 'date-time' }).describe('When it began to drain.').exactOptional(),
          })
          .describe('Somebody who answers.'),
      )
      .max(1000)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['address'] })
      .describe('Who answers now.')
      .exactOptional(),
    readyMembers: count().describe('Number of members that get new connections.').exactOptional(),
    dataplane: z.string().max(32).describe('What balances: IPVS or nftables.').exactOptional(),
    dataplaneReason: z.string().max(512).describe('Why it does, and not another.').exactOptional(),
  })
  .describe('What the load balancer is.');

const loadBalancerSchema = withRules(
  objectSchema('LoadBalancer', specSchema, statusSchema),
  nameRule('LoadBalancer', LONGEST_NAME, 'tools show it in tables'),
);

export type LoadBalancerSpec = Immutable<z.output<typeof specSchema>>;
export type LoadBalancerStatus = Immutable<z.output<typeof statusSchema>>;
export type BalancedPort = LoadBalancerSpec['ports'][number];
export type BalancedRule = NonNullable<LoadBalancerStatus['rules']>[number];
export type BalancedMember = NonNullable<LoadBalancerStatus['members']>[number];

/** An address whose ports are balanced among members. */
export interface LoadBalancer {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'LoadBalancer';
  readonly metadata: Metadata;
  readonly spec: LoadBalancerSpec;
  readonly status?: LoadBalancerStatus;
}

/** Name of the LoadBalancer that publishes a cluster's API server. */
export const apiLoadBalancer = (cluster: string): string => `${cluster}-api`;

export const LoadBalancerKind: Kind<LoadBalancer> = {
  apiVersion: API_VERSION,
  kind: 'LoadBalancer',
  plural: 'loadbalancers',
  singular: 'loadbalancer',
  shortNames: ['qlb'],
  categories: ['qbo'],
  namespaced: true,
  description: 'LoadBalancer is an address whose ports are balanced among members.',
  schema: loadBalancerSchema,
  columns: [
    readyColumn,
    { name: 'Address', type: 'string', jsonPath: '.status.address', description: 'The address.' },
    { name: 'Ports', type: 'string', jsonPath: '.status.ports', description: 'Ports that are balanced.' },
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'Cluster whose nodes are members.' },
    {
      name: 'Members',
      type: 'integer',
      jsonPath: '.status.readyMembers',
      description: 'Members that take connections.',
    },
    { name: 'Scheduler', type: 'string', jsonPath: '.spec.scheduler', description: 'How one is chosen.', wide: true },
    { name: 'Pool', type: 'string', jsonPath: '.status.pool', description: 'Pool of the address.', wide: true },
    { name: 'Dataplane', type: 'string', jsonPath: '.status.dataplane', description: 'What balances.', wide: true },
    statusColumn,
    ageColumn,
  ],
};
