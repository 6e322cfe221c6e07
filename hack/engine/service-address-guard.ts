/**
 * Keeps packets for Kubernetes service addresses on this machine. While a cluster's kube-proxy is not up yet, nothing
 * in its node translates those addresses, so they would follow the default route out. Packets inside a node are not
 * concerned: that is another network namespace, where kube-proxy translates them before they reach the host.
 */
import ipaddr from 'ipaddr.js';

import { run, RunError, type Argv } from '../console/run.ts';

const SERVICE_ADDRESSES = '10.96.0.0/12';
const CHAINS = ['DOCKER-USER', 'OUTPUT'] as const;
const RULE = ['-d', SERVICE_ADDRESSES, '-m', 'comment', '--comment', 'qbo', '-j', 'REJECT'] as const;

export type Guard = { readonly state: 'set' } | { readonly state: 'skipped'; readonly why: string };

/**
 * Sets the guard, unless this machine has a route of its own into those addresses (a VPN, a cluster on the host
 * itself), which must go on working. Needs root; says why when it leaves things alone.
 */
export async function ensureServiceAddressGuard(): Promise<Guard> {
  if (process.getuid?.() !== 0) return { state: 'skipped', why: 'setting packet filter rules needs root' };
  const { stdout } = await run(['ip', '-4', '-json', 'route', 'show', 'table', 'all']);
  const own = routesInto(SERVICE_ADDRESSES, stdout);
  if (own.length > 0)
    return { state: 'skipped', why: `this machine has its own routes into ${SERVICE_ADDRESSES}: ${own.join(', ')}` };

  for (const chain of CHAINS) {
    if (!(await succeeds(['iptables', '-w', '-n', '-L', chain]))) continue;
    if (!(await succeeds(['iptables', '-w', '-C', chain, ...RULE])))
      await run(['iptables', '-w', '-I', chain, ...RULE]);
  }
  return { state: 'set' };
}

/** Takes the guard's rules away, all of them, and only them. Returns whether there were any. */
export async function removeServiceAddressGuard(): Promise<boolean> {
  let wasSet = false;
  for (const chain of CHAINS) {
    while (await succeeds(['iptables', '-w', '-C', chain, ...RULE])) {
      await run(['iptables', '-w', '-D', chain, ...RULE]);
      wasSet = true;
    }
  }
  return wasSet;
}

/** Destinations in `ip -json route` output, other than the default route, that overlap a network. */
export function routesInto(network: string, routesJson: string): readonly string[] {
  const [wanted, wantedBits] = ipaddr.IPv4.parseCIDR(network);
  const routes = JSON.parse(routesJson) as readonly { readonly dst?: string; readonly type?: string }[];
  return routes
    .filter(({ type }) => type === undefined || type === 'unicast')
    .map(({ dst }) => dst ?? 'default')
    .filter((dst) => dst !== 'default')
    .filter((dst) => {
      const [address, bits] = ipaddr.IPv4.parseCIDR(dst.includes('/') ? dst : `${dst}/32`);
      const common = Math.min(bits, wantedBits);
      return address.match(wanted, common);
    });
}

async function succeeds(argv: Argv): Promise<boolean> {
  try {
    await run(argv);
    return true;
  } catch (error) {
    if (error instanceof RunError && error.exitCode !== undefined) return false;
    throw error;
  }
}
