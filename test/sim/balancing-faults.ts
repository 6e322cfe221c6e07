import { AddressPoolKind } from '../../crds/address-pool.ts';
import type { AddressPool } from '../../crds/address-pool.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import type { BalancedRule, LoadBalancer } from '../../crds/load-balancer.ts';
import { Label } from '../../crds/names.ts';
import { hasAddress, rangesOf } from '../../controllers/addresspool/ranges.ts';
import { serviceKey } from '../../controllers/backends/dataplane.ts';
import { isOwnedBy } from '../../controllers/identity.ts';
import { ServiceType } from '../../controllers/kube/kinds.ts';
import type { Service } from '../../controllers/kube/kinds.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { addressText } from '../../crds/ip.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { named } from './deeds/turn.ts';

type Balancer = Stored<LoadBalancer>;

const isLeaving = ({ metadata }: Balancer | Stored<AddressPool>): boolean => metadata.deletionTimestamp !== undefined;

/** What of load balancing is not as it was asked for, once all is at rest. */
export function balancingFaults(sim: Simulation): string[] {
  const all = sim.api.peekAll(LoadBalancerKind);
  return [
    ...sim.api.peekAll(AddressPoolKind).flatMap((pool) => poolFaults(sim, pool)),
    ...all.flatMap((each) => balancerFaults(sim, each)),
    ...twice(all),
    ...hostFaults(sim, all),
    ...sim.api.peekAll(ClusterKind).flatMap((cluster) => serviceFaults(sim, named(cluster))),
  ];
}

/** Two that have an address, and of whom neither asked for it nor are they of one cluster. */
function twice(all: readonly Balancer[]): string[] {
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => one.status?.address !== undefined && other.status?.address === one.status.address)
      .filter((other) => !mayShare(one, other))
      .map((other) => `${one.status?.address ?? ''} is of both ${named(one)} and ${named(other)}`),
  );
}

export function mayShare(one: LoadBalancer, other: LoadBalancer): boolean {
  if (one.metadata.namespace !== other.metadata.namespace) return false;
  const isAsked = one.spec.address !== undefined || other.spec.address !== undefined;
  return isAsked || (one.spec.cluster !== undefined && one.spec.cluster === other.spec.cluster);
}

function poolFaults(sim: Simulation, pool: Stored<AddressPool>): string[] {
  const { name } = pool.metadata;
  if (isLeaving(pool)) {
    const isUsed = sim.api.peekAll(LoadBalancerKind).some(({ status }) => status?.pool === name);
    return isUsed ? [] : [`AddressPool ${name} does not go, and nobody has an address of it`];
  }
  const { status, reason = '' } = sim.condition(pool, 'Ready') ?? {};
  if (status === 'True' || reason === 'AddressPoolOverlap') return [];
  return [`AddressPool ${name} is not Ready: ${reason}`];
}

function balancerFaults(sim: Simulation, balancer: Balancer): string[] {
  const name = named(balancer);
  if (isLeaving(balancer)) return [`LoadBalancer ${name} is still being deleted`];
  const ready = sim.condition(balancer, 'Ready');
  if (ready?.status === 'True') return [];
  const { reason = '', message = '' } = ready ?? {};
  return EXCUSES[reason]?.(sim, balancer) === true ? [] : [`LoadBalancer ${name} is not Ready: ${reason}: ${message}`];
}

/** By reason, whether it is true. */
const EXCUSES: Readonly<Record<string, (sim: Simulation, balancer: Balancer) => boolean>> = {
  AddressPoolMissing: (sim, balancer) => poolsFor(sim, balancer).length === 0,
  AddressPoolExhausted: (sim, balancer) =>
    poolsFor(sim, balancer).every((pool) => addressesOf(pool).every((address) => isTaken(sim, address, balancer))),
  AddressOutsidePools: (sim, balancer) =>
    !poolsFor(sim, balancer).some((pool) => hasAddress(pool, balancer.spec.address ?? '')),
  AddressHeld: (sim, balancer) => isTaken(sim, balancer.spec.address ?? '', balancer),
  PortTaken: (sim, balancer) => {
    const waiting = (balancer.status?.rules ?? []).filter(({ state }) => state === 'Waiting');
    const others = sim.api.peekAll(LoadBalancerKind).filter((other) => other !== balancer);
    return waiting.every((rule) => others.some((other) => has(other, balancer.status?.address, rule)));
  },
  NoMembers: (sim, { metadata, spec }) =>
    spec.cluster !== undefined && !sim.ready(`${metadata.namespace ?? ''}/${spec.cluster}`),
};

const has = ({ status }: LoadBalancer, address: string | undefined, wanted: BalancedRule): boolean =>
  status?.address === address &&
  (status?.rules ?? [])
    .filter(({ state, protocol }) => state === 'Active' && protocol === wanted.protocol)
    .some((rule) => portsOf(rule).some((port) => portsOf(wanted).includes(port)));

const portsOf = ({ port, endPort = port }: BalancedRule): number[] =>
  Array.from({ length: endPort - port + 1 }, (_, offset) => port + offset);

const poolsFor = (sim: Simulation, { metadata, spec }: LoadBalancer): readonly Stored<AddressPool>[] =>
  sim.api
    .peekAll(AddressPoolKind)
    .filter((pool) => !isLeaving(pool) && sim.condition(pool, 'Ready')?.status === 'True')
    .filter((pool) => pool.spec.namespaces?.includes(metadata.namespace ?? '') ?? true)
    .filter((pool) => spec.pool === undefined || spec.pool === pool.metadata.name);

const addressesOf = (pool: AddressPool): string[] =>
  rangesOf(pool).flatMap(({ family, first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, offset) => addressText(family, first + BigInt(offset))),
  );

const isTaken = (sim: Simulation, address: string, by: Balancer): boolean =>
  sim.host.ownAddresses.includes(address) ||
  sim.api.peekAll(LoadBalancerKind).some((other) => other !== by && other.status?.address === address);

/** The host carries exactly what the statuses say, and traffic goes to the nodes that are there. */
function hostFaults(sim: Simulation, all: readonly Balancer[]): string[] {
  const { addresses, services } = sim.dataplane.state;
  const wanted = new Map<string, string>(
    all.flatMap((each) =>
      (each.status?.rules ?? [])
        .filter(({ state }) => state === 'Active')
        .flatMap((rule) =>
          portsOf(rule).map((port) => {
            const { protocol } = rule;
            const key = serviceKey({ protocol, address: each.status?.address ?? '', port });
            return [key, `${key} of ${named(each)} to ${membersOf(sim, each).join(' ')}`] as const;
          }),
        ),
    ),
  );
  const names = new Map(all.map((each) => [each.metadata.uid, named(each)]));
  const found = services.map((service) => {
    const members = service.members.filter(({ weight }) => weight > 0).map(({ address }) => address);
    return `${serviceKey(service)} of ${names.get(service.owner) ?? 'nobody'} to ${members.sort().join(' ')}`;
  });
  const bound = new Set(all.flatMap(({ status }) => status?.address ?? []));
  return [
    ...[...wanted.values()].filter((line) => !found.includes(line)).map((line) => `not on the host: ${line}`),
    ...found.filter((line) => ![...wanted.values()].includes(line)).map((line) => `should not be on the host: ${line}`),
    ...[...bound]
      .filter((one) => !addresses.some(({ address }) => address === one))
      .map((one) => `${one} is not bound`),
    ...addresses.filter(({ address }) => !bound.has(address)).map(({ address }) => `${address} is bound for nobody`),
  ];
}

function membersOf(sim: Simulation, { metadata, spec }: LoadBalancer): string[] {
  if (spec.cluster === undefined) return spec.members.flatMap(({ address }) => address ?? []).sort();
  const name = `${metadata.namespace ?? ''}/${spec.cluster}`;
  const nodes = sim.nodes(name).filter((node) => sim.condition(node, 'Ready')?.status === 'True');
  const workers = sim.workers(name).length;
  const isMember = (role: string): boolean =>
    spec.members.some((member) => member.role === role || (member.role === 'worker' && workers === 0));
  return nodes
    .filter((node) => isMember(node.spec.role))
    .flatMap(({ status }) => status?.address ?? [])
    .sort();
}

/** Every Service of that type has a load balancer and shows its address; the others have none, and show none. */
function serviceFaults(sim: Simulation, cluster: string): string[] {
  if (!sim.ready(cluster)) return [];
  const object = sim.cluster(cluster);
  const made = sim.api.peekAll(LoadBalancerKind).filter((each) => isOwnedBy(each, object));
  const services = sim.inside(cluster).peekAll(ServiceType);
  const uids = services.filter(({ spec }) => spec?.type === 'LoadBalancer').map(({ metadata }) => metadata.uid);
  const orphans = made.filter(({ metadata }) => {
    const uid = metadata.labels?.[Label.serviceID];
    return uid !== undefined && !uids.includes(uid);
  });
  return [
    ...orphans.map((each) => `LoadBalancer ${named(each)} is of no Service`),
    ...services.flatMap((service) => shownFaults(service, made)),
  ];
}

function shownFaults(service: Stored<Service>, made: readonly Balancer[]): string[] {
  const name = named(service);
  const shown = (service.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? '').join();
  const own = made.filter(({ metadata }) => metadata.labels?.[Label.serviceID] === service.metadata.uid);
  const count = service.spec?.type === 'LoadBalancer' ? 1 : 0;
  if (own.length !== count) return [`Service ${name} has ${String(own.length)} load balancers`];
  const status = own[0]?.status;
  const isServed = status?.rules?.some(({ state }) => state === 'Active') === true;
  const address = isServed ? (status.address ?? '') : '';
  return shown === address ? [] : [`Service ${name} shows ${shown} and has ${address}`];
}
