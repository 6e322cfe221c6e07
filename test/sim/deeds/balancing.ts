import { AddressPoolKind } from '../../../crds/address-pool.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { Annotation, FINALIZER } from '../../../crds/names.ts';
import type { Desired } from '../../../controllers/backends/dataplane.ts';
import type { Service } from '../../../controllers/kube/kinds.ts';
import { keyOf } from '../../../controllers/runtime/object.ts';
import type { KubeObject, Stored } from '../../../controllers/runtime/object.ts';
import { addressPool, loadBalancer } from '../../fixtures/world/objects.ts';
import { service, Workload } from '../../fixtures/world/workload.ts';
import { named, spell } from './turn.ts';
import type { Deed, Turn } from './turn.ts';

const { signal } = new AbortController();

/** Few enough to be used up. */
export const LAN = ['192.0.2.10-192.0.2.13'];

const POOLS = {
  lan: { addresses: LAN, interface: 'eth0' },
  late: { addresses: ['192.0.2.13-192.0.2.16'], interface: 'eth0' },
  theirs: { addresses: ['192.0.2.20'], namespaces: ['team'] },
  own: {},
} as const;

const SERVICE_PORTS: readonly NonNullable<Service['spec']>['ports'][] = [
  [{ name: 'web', protocol: 'TCP', port: 80, nodePort: 30_080 }],
  [
    { name: 'web', protocol: 'TCP', port: 80, nodePort: 30_081 },
    { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30_053 },
  ],
  [{ name: 'tls', protocol: 'TCP', port: 443, nodePort: 30_443 }],
];

/** What people do with load balancers and pools, and with Services in their clusters. */
const PEOPLE: Readonly<Record<string, Deed>> = {
  makePool: ({ sim, pick }) => {
    const name = pick(['own', 'late', 'lan', 'theirs'] as const) ?? 'own';
    return sim.user.apply(addressPool(name, POOLS[name]));
  },
  editPool: ({ sim }) => sim.user.apply(addressPool('lan', { ...POOLS.lan, addresses: ['192.0.2.12-192.0.2.15'] })),
  deletePool: ({ sim, pick }) => {
    const pool = pick(sim.api.peekAll(AddressPoolKind));
    return pool && sim.user.delete(AddressPoolKind, named(pool));
  },
  balance: ({ sim, pick }) => {
    const namespace = pick(['default', 'default', 'team']) ?? 'default';
    const name = pick(['web', 'mail', 'shop']) ?? 'web';
    const wish = pick([
      { ports: [{ port: 80 }], members: [{ address: '198.51.100.7' }] },
      { ports: [{ port: 80 }, { port: 443 }], cluster: 'dev' },
      { ports: [{ port: 443 }], members: [{ address: '198.51.100.8' }], address: '192.0.2.11' },
      { ports: [{ port: 80, endPort: 89 }], members: [{ address: '198.51.100.9' }], address: '192.0.2.11' },
      { ports: [{ port: 53, protocol: 'UDP' }], members: [{ address: '198.51.100.7' }], pool: 'own' },
      { ports: [{ port: 6443 }], cluster: 'dev', members: [{ role: 'worker' }] },
    ]);
    return wish && sim.user.apply(loadBalancer(name, wish, { namespace }));
  },
  deleteLoadBalancer: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(LoadBalancerKind));
    return found && sim.user.delete(LoadBalancerKind, named(found));
  },
  stripLoadBalancer: async ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(LoadBalancerKind));
    if (found === undefined) return;
    const finalizers = (found.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
    await sim.user.delete(LoadBalancerKind, named(found));
    await sim.user.client.mergePatch(LoadBalancerKind, keyOf(found), { metadata: { finalizers } }, signal);
  },
  forgetAddress: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(LoadBalancerKind));
    return found && sim.user.writeStatus(LoadBalancerKind, named(found), {});
  },
  forgetPool: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(AddressPoolKind));
    return found && sim.user.writeStatus(AddressPoolKind, named(found), {});
  },
  holdBalancing: ({ sim, pick }) => {
    const type = pick([LoadBalancerKind, AddressPoolKind] as const);
    const found = pick<Stored<KubeObject>>(type === undefined ? [] : sim.api.peekAll<KubeObject>(type));
    return type && found && sim.user.annotate(type, named(found), { [Annotation.paused]: 'true' });
  },
  serve: async (turn) => {
    const workload = workloadOf(turn);
    const [name, ports] = [turn.pick(['echo', 'shop', 'web']) ?? 'echo', turn.pick(SERVICE_PORTS) ?? []];
    await workload?.apply(service(name, { ports }));
  },
  retypeService: async (turn) => {
    const workload = workloadOf(turn);
    const found = turn.pick(servicesOf(workload));
    if (found?.spec === undefined || workload === undefined) return;
    const { ports = [], type } = found.spec;
    const other =
      type === 'LoadBalancer' ? (turn.pick(['ClusterIP', 'NodePort'] as const) ?? 'NodePort') : 'LoadBalancer';
    await workload.apply(service(found.metadata.name, { ports, type: other }));
  },
  endService: async (turn) => {
    const workload = workloadOf(turn);
    const found = turn.pick(servicesOf(workload));
    if (found !== undefined) await workload?.delete(found.metadata.name);
  },
};

/** What happens to the rules on the host, and to who makes them. */
const HOST: Readonly<Record<string, Deed>> = {
  flushRules: ({ sim }) => {
    sim.dataplane.meddle(() => ({ addresses: [], services: [] }));
  },
  editRules: ({ sim, pick }) => {
    sim.dataplane.meddle(pick(EDITS) ?? ((same) => same));
  },
  dataplaneIsAway: spell(
    ({ sim }) => {
      sim.dataplane.interrupt(true);
    },
    ({ sim }) => {
      sim.dataplane.interrupt(false);
    },
  ),
  dataplaneRestarts: ({ sim }) => {
    sim.dataplane.interrupt(false);
  },
  hostTakesAddresses: ({ sim, pick }) => {
    sim.host.ownAddresses = pick([['192.0.2.10'], ['192.0.2.11', '192.0.2.12'], []]) ?? [];
  },
};

const EDITS: readonly ((state: Desired) => Desired)[] = [
  ({ addresses, services }) => ({ addresses: addresses.slice(1), services }),
  ({ addresses, services }) => ({ addresses, services: services.slice(1) }),
  ({ addresses, services }) => ({ addresses, services: services.map((one) => ({ ...one, members: [] })) }),
  ({ addresses, services }) => ({
    addresses,
    services: services.flatMap((one) => [one, { ...one, port: one.port + 1 }]),
  }),
];

export const BALANCING_DEEDS: Readonly<Record<string, Deed>> = { ...PEOPLE, ...HOST };

/** One of the clusters whose API server somebody can use now. */
function workloadOf({ sim, pick }: Turn): Workload | undefined {
  const names = sim.api
    .peekAll(ClusterKind)
    .map(named)
    .filter((name) => sim.ready(name) && sim.hasApiServer(name));
  const name = pick(names);
  return name === undefined ? undefined : new Workload(sim, name);
}

const servicesOf = (workload: Workload | undefined) =>
  workload?.all().filter(({ metadata }) => metadata.namespace === 'default') ?? [];
