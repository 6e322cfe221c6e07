import ipaddr from 'ipaddr.js';
import type { VirtualService } from '../../dataplane.ts';
import type { Interfaces, Network } from '../addresses.ts';
import { lastWords } from '../tools.ts';
import type { Tools } from '../tools.ts';
import { DataplaneUnavailable } from '../../../../crds/errors.ts';

/** Whether packets that a bridge forwards go through nftables: then they are translated before they are routed. */
const FILTERS_BRIDGED = ['net.bridge.bridge-nf-call-iptables', 'net.bridge.bridge-nf-call-ip6tables'] as const;

/**
 * A member that asks for its own virtual address gets what it sent back through the port of the bridge that it came in by,
 * which a bridge does only where it is told so. Tells those ports of bridges that members are on. Returns how many.
 */
export async function openHairpins(
  tools: Tools,
  { ports, networks }: Interfaces,
  services: readonly VirtualService[],
  signal: AbortSignal,
): Promise<number> {
  const closed = ports.filter(({ isHairpin }) => !isHairpin);
  if (closed.length === 0 || services.length === 0) return 0;
  const settings = await Promise.all(FILTERS_BRIDGED.map((name) => tools.getSysctl(name, signal)));
  if (!settings.includes('1')) return 0;
  const bridges = bridgesOf(services, networks);
  const lines = closed
    .filter(({ bridge }) => bridges.has(bridge))
    .map(({ name }) => `link set dev ${name} type bridge_slave hairpin on`);
  if (lines.length === 0) return 0;
  // One that has just gone does not keep the others.
  const { exitCode, stderr } = await tools.run(['ip', '-force', '-batch', '-'], `${lines.join('\n')}\n`, signal);
  if (exitCode !== 0 && !/Cannot find device|No such device/.test(stderr))
    throw new DataplaneUnavailable({ why: `ip: ${lastWords(stderr)}` });
  return lines.length;
}

function bridgesOf(services: readonly VirtualService[], networks: readonly Network[]): ReadonlySet<string> {
  const members = new Set(services.flatMap(({ members }) => members.map(({ address }) => address)));
  const parsed = [...members].map((address) => ipaddr.parse(address));
  const holds = ({ address, prefix }: Network): boolean => {
    const own = ipaddr.parse(address);
    return parsed.some((member) => member.kind() === own.kind() && member.match(own, prefix));
  };
  return new Set(networks.filter(holds).map((network) => network.interface));
}
