import type { Protocol } from '../../dataplane.ts';
import { PROTOCOLS } from '../../dataplane.ts';
import type { Tools } from '../tools.ts';

const TRACKING = 'net.netfilter.nf_conntrack_max';
const TRACKING_SCTP = 'net.netfilter.nf_conntrack_sctp_timeout_established';

/** Only what the kernel tracks connections of can be translated; SCTP is left out of some. */
export async function trackedProtocols(tools: Tools, signal: AbortSignal): Promise<readonly Protocol[]> {
  signal.throwIfAborted();
  const [tracking, sctp] = await Promise.all([
    tools.getSysctl(TRACKING, signal),
    tools.getSysctl(TRACKING_SCTP, signal),
  ]);
  // Before anything is tracked, there is neither, and nothing to tell by.
  const isMissing = tracking !== undefined && sctp === undefined;
  return isMissing ? PROTOCOLS.filter((protocol) => protocol !== 'SCTP') : PROTOCOLS;
}
