import type { Clock } from '../../../runtime/clock.ts';
import type { Tools } from '../tools.ts';

const EXPIRE = 'net.ipv4.vs.expire_nodest_conn';
/** The kernel ends connections a jiffy after their member went, in pieces. */
const ENDING_MS = 200;

/** How connections are to be treated; each on purpose. */
const SYSCTLS = {
  // Connections of ours are tracked, so that sources can be translated, and Docker's filter knows answers for what they are.
  'net.ipv4.vs.conntrack': '1',
  // A client that uses a port again is a new connection, also where only half of the old one was seen (Direct, Tunnel).
  'net.ipv4.vs.conn_reuse_mode': '3',
  // Connections outlive rules that somebody flushes, and go on when these are back: see endingConnections.
  [EXPIRE]: '0',
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

/**
 * Removes what `remove` removes, and ends its connections at once: what goes on being sent to a member that is gone finds
 * another, instead of being dropped until the connection times out.
 */
export async function endingConnections<T>(
  { tools, clock }: { readonly tools: Tools; readonly clock: Clock },
  remove: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  await tools.setSysctl(EXPIRE, '1', signal);
  try {
    const result = await remove();
    await clock.sleep(ENDING_MS, signal);
    return result;
  } finally {
    await tools.setSysctl(EXPIRE, '0', signal);
  }
}
