import { DataplaneUnavailable } from '../../../../crds/errors.ts';
import type { Change } from '../diff.ts';
import type { Argv, Tools } from '../tools.ts';

/**
 * A UDP client that goes on sending keeps its tracked flow alive, and with it the member that is gone. Such flows are
 * forgotten, so that the next packet finds another. Of TCP nothing is: a connection ends with its member. Draining members
 * keep theirs.
 */
export async function forgetFlows(tools: Tools, changes: readonly Change[], signal: AbortSignal): Promise<void> {
  for (const flow of changes.flatMap(flowsOf)) {
    try {
      // Exit code 1 when there was none.
      await tools.run(flow, '', signal);
    } catch (error) {
      // Without the program they end by themselves, half a minute to two after the client's last packet.
      if (error instanceof DataplaneUnavailable) return;
      throw error;
    }
  }
}

function flowsOf(change: Change): readonly Argv[] {
  if (change.kind !== 'removeMember' && change.kind !== 'removeService') return [];
  const { protocol, address, port } = change.service;
  if (protocol !== 'UDP') return [];
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const all: Argv = ['conntrack', '-D', '-f', family, '-p', 'udp', '-d', address, '--dport', String(port)];
  return [change.kind === 'removeMember' ? [...all, '-r', change.member.address] : all];
}
