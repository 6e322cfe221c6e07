import type { Case } from './cases.ts';

const pool = (what: string, spec: object, refused?: Case['refused']): Case => ({
  what,
  kind: 'AddressPool',
  spec,
  ...(refused === undefined ? {} : { refused }),
});

const balancer = (what: string, spec: object, refused?: Case['refused']): Case => ({
  what,
  kind: 'LoadBalancer',
  spec: { ports: [{ port: 80 }], members: [{ address: '10.0.0.1' }], ...spec },
  ...(refused === undefined ? {} : { refused }),
});

const NO_RANGE = { path: 'spec.addresses[0]', words: 'not addresses' };
const ONE_OF_THREE = { path: 'spec.members[0]', words: 'set exactly one of the three' };

const pools: readonly Case[] = [
  pool('a pool that says nothing', {}),
  pool('addresses in every way', {
    addresses: [
      '192.168.1.20',
      '192.168.1.30-192.168.1.39',
      '192.168.2.0/28',
      '2001:db8::/120',
      '2001:db8:1::1-2001:db8:1::9',
    ],
    interface: 'br-lan.7',
    namespaces: ['team-a'],
    assignment: 'Manual',
  }),
  pool('an address with a leading zero', { addresses: ['192.168.01.20'] }, NO_RANGE),
  pool('an address of five numbers', { addresses: ['1.2.3.4.5'] }, NO_RANGE),
  pool('an IPv6 address in capitals', { addresses: ['2001:DB8::1'] }, NO_RANGE),
  pool('a CIDR with host bits', { addresses: ['192.168.1.1/24'] }, NO_RANGE),
  pool('a prefix that is too long', { addresses: ['192.168.1.0/33'] }, NO_RANGE),
  pool('a range of two families', { addresses: ['192.168.1.1-2001:db8::1'] }, NO_RANGE),
  pool('a range with three ends', { addresses: ['10.0.0.1-10.0.0.2-10.0.0.3'] }, NO_RANGE),
  pool('an empty list of addresses', { addresses: [] }, { path: 'spec.addresses', words: '' }),
  pool(
    'an interface that is an option',
    { addresses: ['10.0.0.1'], interface: '-x' },
    { path: 'spec.interface', words: 'not the name' },
  ),
  pool(
    'an interface without addresses',
    { interface: 'eth0' },
    { path: 'spec.interface', words: 'no addresses of its own' },
  ),
  pool('a namespace that can not be', { namespaces: ['Team'] }, { path: 'spec.namespaces[0]', words: 'not a name' }),
  pool('an assignment that nobody knows', { assignment: 'Sometimes' }, { path: 'spec.assignment', words: '' }),
];

const balancers: readonly Case[] = [
  balancer('a load balancer with everything', {
    cluster: 'dev',
    address: '2001:db8::20',
    pool: 'lan',
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 30053 },
      { port: 8000, endPort: 8009, targetPort: 9000 },
    ],
    members: [{ role: 'worker' }, { node: 'node-1', weight: 3 }, { address: '2001:db8::1', weight: 0 }],
    scheduler: 'mh',
    forwarding: 'Direct',
    clientAddress: 'Kept',
    persistenceSeconds: 300,
    sourceRanges: ['192.168.0.0/16', '2001:db8::/32'],
    drainSeconds: 0,
    healthCheck: { protocol: 'HTTP', path: '/healthz', intervalSeconds: 10 },
  }),
  balancer(
    'a health check that waits longer than until the next',
    { healthCheck: { intervalSeconds: 1, timeoutSeconds: 2 } },
    { path: 'spec.healthCheck.timeoutSeconds', words: 'never missed' },
  ),
  balancer(
    'a health check of no path',
    { healthCheck: { path: 'healthz' } },
    { path: 'spec.healthCheck.path', words: 'not a path' },
  ),
  balancer('port 0', { ports: [{ port: 0 }] }, { path: 'spec.ports[0].port', words: '' }),
  balancer('port 70000', { ports: [{ port: 70_000 }] }, { path: 'spec.ports[0].port', words: '' }),
  balancer('no port at all', { ports: [] }, { path: 'spec.ports', words: '' }),
  balancer(
    'a protocol that nobody balances',
    { ports: [{ port: 1, protocol: 'ICMP' }] },
    { path: 'spec.ports[0].protocol', words: '' },
  ),
  balancer(
    'a range that runs backwards',
    { ports: [{ port: 9, endPort: 8 }] },
    { path: 'spec.ports[0].endPort', words: 'backwards' },
  ),
  balancer(
    'a range whose targets end beyond the last port',
    { ports: [{ port: 1, endPort: 10, targetPort: 65_530 }] },
    { path: 'spec.ports[0].targetPort', words: 'beyond port 65535' },
  ),
  balancer('a scheduler that does not exist', { scheduler: 'best' }, { path: 'spec.scheduler', words: '' }),
  balancer('a member that is nobody', { cluster: 'dev', members: [{}] }, ONE_OF_THREE),
  balancer('a member that is two', { cluster: 'dev', members: [{ role: 'worker', node: 'a' }] }, ONE_OF_THREE),
  balancer(
    'nodes of no cluster',
    { members: [{ role: 'worker' }] },
    { path: 'spec.cluster', words: 'set spec.cluster' },
  ),
  balancer(
    'an address that is a name',
    { address: 'web.example.com' },
    { path: 'spec.address', words: 'not an address' },
  ),
  balancer(
    'a weight of 256',
    { members: [{ address: '10.0.0.1', weight: 256 }] },
    { path: 'spec.members[0].weight', words: '' },
  ),
  balancer(
    'a source range with host bits',
    { sourceRanges: ['10.0.0.1/8'] },
    { path: 'spec.sourceRanges[0]', words: 'not a CIDR' },
  ),
  {
    what: 'a load balancer that moves to another cluster',
    kind: 'LoadBalancer',
    before: { cluster: 'a', ports: [{ port: 80 }] },
    spec: { cluster: 'b', ports: [{ port: 80 }] },
    refused: { path: 'spec.cluster', words: 'can not be changed' },
  },
  {
    what: 'other ports and members, later',
    kind: 'LoadBalancer',
    before: { cluster: 'a', ports: [{ port: 80 }] },
    spec: { cluster: 'a', ports: [{ port: 81 }], members: [{ node: 'b' }] },
  },
];

/** What AddressPools and LoadBalancers may say. */
export const balancingCases: readonly Case[] = [...pools, ...balancers];
