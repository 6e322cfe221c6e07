/** Programs of Debian's that balance load in a kernel, for tests and benches on machines that lack them. */
import { access } from 'node:fs/promises';

import { step } from '../console/progress.ts';
import { run } from '../console/run.ts';

/** Package by the program that it brings. */
const PACKAGES = {
  '/usr/sbin/nft': 'nftables',
  '/usr/sbin/ip': 'iproute2',
  '/usr/sbin/iptables': 'iptables',
  '/usr/sbin/conntrack': 'conntrack',
  '/usr/sbin/ipvsadm': 'ipvsadm',
  '/usr/sbin/modprobe': 'kmod',
  '/usr/sbin/haproxy': 'haproxy',
  '/usr/bin/linux.uml': 'user-mode-linux',
  '/usr/bin/qemu-system-x86_64': 'qemu-system-x86',
  '/usr/bin/cpio': 'cpio',
} as const;

export type KernelTool = keyof typeof PACKAGES;

/** Rules in network namespaces. */
export const NETFILTER_TOOLS = ['/usr/sbin/nft', '/usr/sbin/ip', '/usr/sbin/iptables', '/usr/sbin/conntrack'] as const;
/** A kernel with ip_vs as an ordinary process, and what is run in it. */
export const IPVS_TOOLS = [
  ...NETFILTER_TOOLS,
  '/usr/sbin/ipvsadm',
  '/usr/sbin/modprobe',
  '/usr/bin/linux.uml',
] as const;

/** A machine with a kernel of Debian's, which has all of it. */
export const MACHINE_TOOLS = [
  ...NETFILTER_TOOLS,
  '/usr/sbin/ipvsadm',
  '/usr/sbin/modprobe',
  '/usr/bin/qemu-system-x86_64',
  '/usr/bin/cpio',
] as const;

/** Installs what is missing. Needs root and Debian for that, and nothing when all is there. */
export async function ensureKernelTools(tools: readonly KernelTool[]): Promise<void> {
  const missing = await filterMissing(tools);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => PACKAGES[tool]);
  await step(`Install ${packages.join(', ')}`, async (report) => {
    // Services that come along are not to start: haproxy would.
    const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const install = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages] as const;
    await run(['apt-get', 'update', '-q'], { env, onLine: report });
    await run(install, { env, onLine: report });
  });
}

async function filterMissing(tools: readonly KernelTool[]): Promise<readonly KernelTool[]> {
  const isThere = await Promise.all(
    tools.map((tool) =>
      access(tool).then(
        () => true,
        () => false,
      ),
    ),
  );
  return tools.filter((_, at) => isThere[at] !== true);
}
