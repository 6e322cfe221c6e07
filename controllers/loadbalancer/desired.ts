import { blockRange, familyOf } from '../../crds/ip.ts';
import type { BalancedRule, LoadBalancer } from '../../crds/load-balancer.ts';
import type { Address, Desired, VirtualService } from '../backends/dataplane.ts';
import { serviceKey } from '../backends/dataplane.ts';
import { idOf, isDeleting } from '../identity.ts';
import type { Stored } from '../runtime/object.ts';
import { oldestFirst } from './age.ts';
import { lastOf } from './ports.ts';

/** What the host is to do for one LoadBalancer, as its status says: nothing yet, while it has no address. */
export function partOf(loadBalancer: Stored<LoadBalancer>): Desired {
  const { status } = loadBalancer;
  if (isDeleting(loadBalancer) || status?.address === undefined || status.interface === undefined)
    return { addresses: [], services: [] };
  return {
    addresses: [{ address: status.address, interface: status.interface }],
    services: (status.rules ?? [])
      .filter(({ state }) => state !== 'Waiting')
      .flatMap((rule) => servicesOf(loadBalancer, rule)),
  };
}

function servicesOf(loadBalancer: Stored<LoadBalancer>, rule: BalancedRule): readonly VirtualService[] {
  const { spec, status } = loadBalancer;
  const offsets = Array.from({ length: lastOf(rule) - rule.port + 1 }, (_, offset) => offset);
  return offsets.map((offset) => ({
    owner: idOf(loadBalancer),
    protocol: rule.protocol,
    address: status?.address ?? '',
    port: rule.port + offset,
    scheduler: spec.scheduler,
    forwarding: spec.forwarding,
    ...(spec.persistenceSeconds !== undefined && { persistenceSeconds: spec.persistenceSeconds }),
    ...(spec.sourceRanges !== undefined && { sourceRanges: ownRanges(spec.sourceRanges, status?.address ?? '') }),
    ...(spec.clientAddress === 'Kept' && { keepsSource: true }),
    members: (status?.members ?? []).map((member) => ({
      address: member.address,
      port: rule.targetPort + offset,
      weight: member.state === 'Draining' ? 0 : member.weight,
    })),
  }));
}

/**
 * Those of the address's own family: clients of the other can not reach it. When there is none, all of them, which the dataplane
 * refuses: a list that was emptied would let everybody in.
 */
function ownRanges(ranges: readonly string[], address: string): readonly string[] {
  const own = ranges.filter((range) => blockRange(range)?.family === familyOf(address));
  return own.length > 0 ? own : ranges;
}

/** What the host is to do for all. Nothing is in it twice, whatever the statuses say: then the oldest has it. */
export function desiredOf(loadBalancers: readonly Stored<LoadBalancer>[]): Desired {
  const addresses = new Map<string, Address>();
  const services = new Map<string, VirtualService>();
  for (const loadBalancer of oldestFirst(loadBalancers)) {
    const part = partOf(loadBalancer);
    for (const address of part.addresses) if (!addresses.has(address.address)) addresses.set(address.address, address);
    for (const service of part.services) {
      const key = serviceKey(service);
      if (!services.has(key)) services.set(key, service);
    }
  }
  return { addresses: [...addresses.values()], services: [...services.values()] };
}
