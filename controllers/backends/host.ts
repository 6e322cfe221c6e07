import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatCIDR } from '../../crds/cidr.ts';
import { parseInet6, parseTrie } from './host-addresses.ts';

/** What we must know of the host itself, and an engine does not tell. Twins: `procHost` and `memory/host.ts`. */
export interface Host {
  /** IPv4 routes of the host, the default route left out: what a new subnet must keep clear of. */
  routes(signal: AbortSignal): Promise<readonly Route[]>;
  inotify(signal: AbortSignal): Promise<InotifyLimits>;
  /** Every address that the host has on any interface, in canonical form; those that we bound are among them. */
  addresses(signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export interface Route {
  /** CIDR. */
  readonly destination: string;
  /** Network interface: `eth0`, `docker0`, `br-0123456789ab`. */
  readonly device: string;
}

/** Sysctls `fs.inotify.max_user_instances` and `fs.inotify.max_user_watches`; each node's systemd, kubelet and containerd take of them. */
export interface InotifyLimits {
  readonly maxUserInstances: number;
  readonly maxUserWatches: number;
}

export interface ProcHostOptions {
  /** The host's /proc/net/route, as we see it: another network namespace has other routes. Its addresses are read beside it. */
  readonly routesPath: string;
  /** Default /proc/sys; inotify limits are the same in every container. */
  readonly sysctlPath?: string;
}

/** The host as its proc file system shows it. */
export function procHost({ routesPath, sysctlPath = '/proc/sys' }: ProcHostOptions): Host {
  const limit = async (name: string, signal: AbortSignal): Promise<number> =>
    Number(await readFile(join(sysctlPath, 'fs/inotify', name), { encoding: 'utf8', signal }));
  const beside = (name: string, signal: AbortSignal): Promise<string> =>
    readFile(join(dirname(routesPath), name), { encoding: 'utf8', signal });
  // A kernel without IPv6 has no such table.
  const ifThere = (name: string, signal: AbortSignal): Promise<string> =>
    beside(name, signal).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
  return {
    routes: async (signal) => parseRoutes(await readFile(routesPath, { encoding: 'utf8', signal })),
    inotify: async (signal) => ({
      maxUserInstances: await limit('max_user_instances', signal),
      maxUserWatches: await limit('max_user_watches', signal),
    }),
    addresses: async (signal) =>
      new Set([...parseTrie(await beside('fib_trie', signal)), ...parseInet6(await ifThere('if_inet6', signal))]),
  };
}

/**
 * Reads a table in the form of /proc/net/route: addresses are hexadecimal numbers in the byte order of the host, which is
 * little-endian wherever we run. Lines that are not routes are passed over.
 */
export function parseRoutes(table: string): readonly Route[] {
  return table.split('\n').flatMap((line) => {
    const [device = '', destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
    if (!HEX.test(destination) || !HEX.test(mask)) return [];
    const bits = fromHostOrder(mask).toString(2).replaceAll('0', '').length;
    return bits === 0
      ? []
      : [{ destination: formatCIDR({ address: fromHostOrder(destination), prefix: bits }), device }];
  });
}

const HEX = /^[0-9A-F]{8}$/i;

const fromHostOrder = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE(0);
