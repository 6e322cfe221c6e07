import type { Tools } from '../tools.ts';

/** How connections are to be treated; each on purpose. */
const SYSCTLS = {
  // Connections of ours are tracked, so that sources can be translated, and Docker's filter knows answers for what they are.
  'net.ipv4.vs.conntrack': '1',
  // A client that uses a port again is a new connection, also where only half of the old one was seen (Direct, Tunnel).
  'net.ipv4.vs.conn_reuse_mode': '3',
  // What goes to a member that is gone finds another at once, instead of being dropped until it times out.
  'net.ipv4.vs.expire_nodest_conn': '1',
  // A client with persistence leaves a member that drains.
  'net.ipv4.vs.expire_quiescent_template': '1',
} as const;

/** Sets those that differ. Returns how many. */
export async function setSysctls(tools: Tools, signal: AbortSignal): Promise<number> {
  const written = await Promise.all(
    Object.entries(SYSCTLS).map(async ([name, value]): Promise<number> => {
      const now = await tools.getSysctl(name, signal);
      if (now === undefined || now === value) return 0;
      await tools.setSysctl(name, value, signal);
      return 1;
    }),
  );
  return written.reduce((sum, one) => sum + one, 0);
}
