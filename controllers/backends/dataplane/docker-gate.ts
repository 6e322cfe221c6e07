import { DataplaneUnavailable } from '../../../crds/errors.ts';
import { OURS_BIT } from './mark.ts';
import { bit } from './nftables/skeleton.ts';
import type { Remembered } from './remembered.ts';
import { lastWords } from './tools.ts';
import type { Argv, Output, Tools } from './tools.ts';

/**
 * Docker drops what is forwarded to its networks from elsewhere, in a chain whose verdict no other chain can take back. It
 * offers one to say otherwise in: DOCKER-USER. There goes one rule, which accepts packets with our mark, and nothing else.
 * iptables exists in two kinds that do not see each other's rules; Docker uses one of them.
 */
const KINDS = {
  nft: ['iptables-nft', 'ip6tables-nft'],
  legacy: ['iptables-legacy', 'ip6tables-legacy'],
} as const;
type Program = (typeof KINDS)[keyof typeof KINDS][number];

const CHAIN = 'DOCKER-USER';
const WAIT = ['-w', '5'] as const;

const ruleOf = (comment: string): readonly string[] => [
  ...['-m', 'mark', '--mark', `${bit(OURS_BIT)}/${bit(OURS_BIT)}`],
  ...['-m', 'comment', '--comment', comment],
  ...['-j', 'ACCEPT'],
];

/** Each DOCKER-USER that there is, and how many rules of ours are in it. */
export type Gate = ReadonlyMap<Program, number>;

export async function readGate(tools: Tools, comment: string, signal: AbortSignal): Promise<Gate> {
  const listed = async (programs: readonly Program[]): Promise<(readonly [Program, number])[]> =>
    (
      await Promise.all(
        programs.map(async (program) => {
          const rules = await rulesIn(tools, program, signal);
          const count = rules?.split('\n').filter((line) => line.includes(` --comment ${comment} `)).length;
          return count === undefined ? [] : [[program, count] as const];
        }),
      )
    ).flat();
  const legacy = async (): ReturnType<typeof listed> =>
    (await hasLegacyFilter(tools, signal)) ? listed(KINDS.legacy) : [];
  return new Map((await Promise.all([listed(KINDS.nft), legacy()])).flat());
}

/** Opens or closes the gate wherever there is one. Returns how many rules were written. */
export async function setGate(
  { tools, comment }: { readonly tools: Tools; readonly comment: string },
  gate: Gate,
  isOpen: boolean,
  signal: AbortSignal,
): Promise<number> {
  const wanted = isOpen ? 1 : 0;
  const different = [...gate].filter(([, count]) => count !== wanted);
  await Promise.all(
    different.map(async ([program, count]) => {
      const change = count < wanted ? '-I' : '-D';
      const argv: Argv = [program, ...WAIT, change, CHAIN, ...ruleOf(comment)];
      for (let left = Math.abs(count - wanted); left > 0; left--) {
        const { exitCode, stderr } = await tools.run(argv, '', signal);
        if (exitCode !== 0) throw new DataplaneUnavailable({ why: `${program}: ${lastWords(stderr)}` });
      }
    }),
  );
  return different.length;
}

/** What stands in the gates of iptables-legacy, which tells nobody of changes; empty where Docker does not use it. */
export async function legacyRules(tools: Tools, gate: Remembered<Gate>, signal: AbortSignal): Promise<string> {
  const programs = [...(await gate.get(signal)).keys()].filter((program) => program.endsWith('legacy'));
  const rules = await Promise.all(programs.map((program) => rulesIn(tools, program, signal)));
  return rules.join('\n');
}

/** undefined where there is no such chain, or no such program: a machine may have one kind, both or none. */
async function rulesIn(tools: Tools, program: Program, signal: AbortSignal): Promise<string | undefined> {
  const listed = await unlessMissing(tools.run([program, ...WAIT, '-S', CHAIN], '', signal));
  return listed?.exitCode === 0 ? listed.stdout : undefined;
}

/** iptables-legacy makes the tables that it is asked for, which every packet would go through from then on. */
async function hasLegacyFilter(tools: Tools, signal: AbortSignal): Promise<boolean> {
  const names = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'];
  const tables = await unlessMissing(tools.run(['cat', ...names], '', signal));
  return tables?.stdout.split('\n').includes('filter') === true;
}

async function unlessMissing(output: Promise<Output>): Promise<Output | undefined> {
  try {
    return await output;
  } catch (error) {
    if (error instanceof DataplaneUnavailable) return undefined;
    throw error;
  }
}
