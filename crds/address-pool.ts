import { z } from 'zod';
import { commonStatus } from './fields.ts';
import { poolRangeRule } from './ip-rules.ts';
import { ageColumn, objectSchema, readyColumn, statusColumn } from './kind.ts';
import type { Immutable, Kind } from './kind.ts';
import type { Metadata } from './metadata.ts';
import { API_VERSION } from './names.ts';
import type { Rule } from './rule.ts';
import { withRules } from './rule.ts';
import { dnsLabelRule, nameRule } from './rules.ts';

const INTERFACE = '^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$';

const interfaceRule: Rule<string> = {
  cel: `self.matches('${INTERFACE}')`,
  holds: (self) => new RegExp(INTERFACE).test(self),
  message: 'not the name of a network interface: it has at most 15 letters, digits, and _ . @ -, as in eth0',
};

const addressesForInterface: Rule<{ readonly addresses?: readonly string[]; readonly interface?: string }> = {
  cel: '!has(self.interface) || has(self.addresses)',
  holds: (self) => self.interface === undefined || self.addresses !== undefined,
  message: 'an interface has no addresses of its own to give: name some in spec.addresses, or leave the interface out',
  fieldPath: '.interface',
};

const specSchema = withRules(
  z
    .object({
      addresses: z
        .array(
          withRules(
            z.string().max(100).describe('An address, a range as in 192.168.1.20-192.168.1.29, or a CIDR.'),
            poolRangeRule,
          ),
        )
        .min(1)
        .max(64)
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe(
          'IPv4 and IPv6 addresses that load balancers may take. When absent, those of a Docker network that is made for ' +
            'the pool, and that this host alone can reach.',
        )
        .exactOptional(),
      interface: withRules(
        z
          .string()
          .max(15)
          .describe(
            'Network interface of the host that carries the addresses. When absent, the one of the Docker network, or else the ' +
              'one by which the host reaches its neighbours there.',
          ),
        interfaceRule,
      ).exactOptional(),
      namespaces: z
        .array(withRules(z.string().max(253).describe('Name of a namespace.'), dnsLabelRule))
        .min(1)
        .max(256)
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe('Namespaces whose load balancers may take addresses. When absent, all.')
        .exactOptional(),
      assignment: z
        .enum(['Automatic', 'Manual'])
        .describe(
          'Automatic: also for those that do not ask for this pool, or for an address of it. Manual: only for them.',
        )
        .default('Automatic'),
    })
    .describe('Which addresses there are, and who may take them.'),
  addressesForInterface,
);

const count = () => z.int().min(0).meta({ format: 'int64' });

const statusSchema = z
  .object({
    ...commonStatus,
    interface: z.string().max(15).describe('Network interface that carries the addresses.').exactOptional(),
    subnet: z.string().max(18).describe('IPv4 block of the Docker network that was made for the pool.').exactOptional(),
    dockerNetwork: z.string().max(255).describe('Name of that Docker network.').exactOptional(),
    total: count().describe('Number of addresses; of more than a million, a million.').exactOptional(),
    used: count().describe('Number of them that load balancers have.').exactOptional(),
  })
  .describe('What there is of the pool.');

const poolSchema = withRules(
  objectSchema('AddressPool', specSchema.prefault({}), statusSchema),
  nameRule('AddressPool', 63, 'it becomes part of the name of a Docker network'),
);

export type AddressPoolSpec = Immutable<z.output<typeof specSchema>>;
export type AddressPoolStatus = Immutable<z.output<typeof statusSchema>>;

/** Addresses that load balancers may take. */
export interface AddressPool {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'AddressPool';
  readonly metadata: Metadata;
  readonly spec: AddressPoolSpec;
  readonly status?: AddressPoolStatus;
}

export const AddressPoolKind: Kind<AddressPool> = {
  apiVersion: API_VERSION,
  kind: 'AddressPool',
  plural: 'addresspools',
  singular: 'addresspool',
  shortNames: ['qpool'],
  categories: ['qbo'],
  namespaced: false,
  description: 'AddressPool is a set of addresses that load balancers may take.',
  schema: poolSchema,
  columns: [
    readyColumn,
    { name: 'Assignment', type: 'string', jsonPath: '.spec.assignment', description: 'Who gets addresses unasked.' },
    { name: 'Interface', type: 'string', jsonPath: '.status.interface', description: 'Interface that carries them.' },
    { name: 'Subnet', type: 'string', jsonPath: '.status.subnet', description: 'Block of its Docker network.' },
    { name: 'Total', type: 'integer', jsonPath: '.status.total', description: 'Number of addresses.' },
    { name: 'Used', type: 'integer', jsonPath: '.status.used', description: 'Number that are taken.' },
    {
      name: 'Docker-Network',
      type: 'string',
      jsonPath: '.status.dockerNetwork',
      description: 'Network that was made for the pool.',
      wide: true,
    },
    statusColumn,
    ageColumn,
  ],
};
