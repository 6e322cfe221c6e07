import { DataplaneUnavailable } from '../../../crds/errors.ts';
import { OURS_BIT } from './mark.ts';
import { bit } from './nftables/skeleton.ts';
import { lastWords } from './tools.ts';
import type { Output, Tools } from './tools.ts';

/**
 * Docker drops what is forwarded to its networks from elsewhere, in a chain whose verdict no other chain can take back. It
 * offers one to say otherwise in: DOCKER-USER. There goes one rule, which accepts packets with our mark, and nothing else.
 * iptables exists in two kinds that do not see each other's rules; Docker uses one of them.
 */
const PROGRAMS = ['iptables-nft', 'iptables-legacy', 'ip6tables-nft', 'ip6tables-legacy'] as const;
const CHAIN = 'DOCKER-USER';
const WAIT = ['-w', '5'] as const;

const ruleOf = (comment: string): readonly string[] => [
  ...['-m', 'mark', '--mark', `${bit(OURS_BIT)}/${bit(OURS_BIT)}`],
  ...['-m', 'comment', '--comment', comment],
  ...['-j', 'ACCEPT'],
];

/** Opens or closes the gate wherever there is one. Returns how many rules were written. */
export async function setGate(
  tools: Tools,
  { comment, isOpen }: { readonly comment: string; readonly isOpen: boolean },
  signal: AbortSignal,
): Promise<number> {
  const written = await Promise.all(
    PROGRAMS.map(async (program): Promise<number> => {
      const listed = await unlessMissing(tools.run([program, ...WAIT, '-S', CHAIN], '', signal));
      if (listed?.exitCode !== 0) return 0;
      const ours = listed.stdout.split('\n').filter((line) => line.includes(` --comment ${comment} `));
      const wanted: number = isOpen ? 1 : 0;
      if (ours.length === wanted) return 0;
      const change = isOpen && ours.length === 0 ? '-I' : '-D';
      const { exitCode, stderr } = await tools.run([program, ...WAIT, change, CHAIN, ...ruleOf(comment)], '', signal);
      if (exitCode !== 0) throw new DataplaneUnavailable({ why: `${program}: ${lastWords(stderr)}` });
      return 1;
    }),
  );
  return written.reduce((sum, one) => sum + one, 0);
}

/** A machine may have one kind, both or none. */
async function unlessMissing(output: Promise<Output>): Promise<Output | undefined> {
  try {
    return await output;
  } catch (error) {
    if (error instanceof DataplaneUnavailable) return undefined;
    throw error;
  }
}
