import { setTimeout as delay } from 'node:timers/promises';

import type { Dataplane, Desired, VirtualService } from '../../../controllers/backends/dataplane.ts';
import { batchOf } from '../../../controllers/backends/dataplane/ipvs/rules.ts';
import { chooseDataplane } from '../../../controllers/backends/dataplane/choose.ts';
import { diff } from '../../../controllers/backends/dataplane/diff.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { transaction } from '../../../controllers/backends/dataplane/nftables/script.ts';
import { balancerSkeleton } from '../../../controllers/backends/dataplane/nftables/skeleton.ts';
import { NO_TABLE } from '../../../controllers/backends/dataplane/nftables/state.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import type { Argv, Tools } from '../../../controllers/backends/dataplane/tools.ts';
import { canonical } from '../../../controllers/backends/dataplane/canonical.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { countingWrites } from '../../../test/fixtures/netns/counting-writes.ts';
import { Namespace } from '../../../test/fixtures/netns/namespace.ts';
import { Kernel } from '../../../test/fixtures/uml/kernel.ts';
import { kernelTools } from '../../../test/fixtures/uml/tools.ts';
import { ensureKernelTools, IPVS_TOOLS, NETFILTER_TOOLS } from '../../kernel-tools/ensure-kernel-tools.ts';
import { figures } from '../report.ts';
import type { Results } from '../report.ts';
import { median } from '../result.ts';

const INSTANCE = 'bench';
const ROUNDS = 7;
/** Until what a change has caused is heard of. */
const SETTLE_MS = 1_000;
const { signal } = new AbortController();
const NOTHING: Desired = { addresses: [], services: [] };

/**
 * What it takes to bring so many services of three members into an empty kernel, beside one raw batch of the same rules by
 * the same program; and then to find that nothing has changed, and to change one. In a network namespace of its own. The
 * best of several rounds is what is compared: others use the machine as well.
 */
export async function benchBalanceSync(count: number): Promise<Results> {
  await ensureKernelTools(NETFILTER_TOOLS);
  const namespace = await Namespace.make('bench');
  try {
    await namespace.sh('ip link add lb0 type bridge; ip link set lb0 up');
    const tools = localTools({ prefix: namespace.prefix });
    const clear = async (): Promise<void> => {
      await namespace.sh('nft flush ruleset');
    };
    return { lb_sync: await measure({ tools, clear, rounds: ROUNDS }, count) };
  } finally {
    await namespace.remove();
  }
}

/** The same by IPVS, in a kernel that is a process, where programs are slow: only how one time is to another says something. */
export async function benchBalanceSyncByIpvs(count: number): Promise<Results> {
  await ensureKernelTools(IPVS_TOOLS);
  const beside = await Namespace.make('bench');
  const kernel = await Kernel.boot();
  try {
    await kernel.sh('ip link add lb0 type dummy; ip link set lb0 up');
    const tools = kernelTools(kernel, localTools({ prefix: beside.prefix }));
    const clear = async (): Promise<void> => {
      await kernel.sh('ipvsadm -C');
      await beside.sh('nft flush ruleset');
    };
    return { lb_sync_ipvs: await measure({ tools, clear, rounds: 3 }, count) };
  } finally {
    await kernel.halt();
    await beside.remove();
  }
}

interface Place {
  readonly tools: Tools;
  /** Removes all rules. */
  readonly clear: () => Promise<void>;
  readonly rounds: number;
}

async function measure({ tools, clear, rounds }: Place, count: number): Promise<object> {
  const counted = countingWrites(tools);
  const choice = { tools: counted.tools, clock: new SystemClock(), instance: INSTANCE, kind: 'Auto' as const };
  const dataplane = await chooseDataplane(choice, signal);
  const { kind } = await dataplane.describe(signal);
  const [program, batch] = rawBatch(kind, wanted(count));
  const ours: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await dataplane.apply(NOTHING, signal);
    await clear();
    raw.push(await timed(() => tools.run(program, batch, signal)));
    await clear();
    ours.push(await timed(() => dataplane.apply(wanted(count), signal)));
  }
  // As the operator does: it listens, and looks after each change.
  const stop = new AbortController();
  const listening = listen(dataplane, stop.signal);
  const repeated = async (work: (round: number) => Promise<unknown>): Promise<readonly number[]> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await delay(SETTLE_MS).then(() => dataplane.read(signal));
      times.push(await timed(() => work(round)));
    }
    return times;
  };
  const before = counted.writes();
  const nothing = await repeated(() => dataplane.apply(wanted(count), signal));
  const writes = counted.writes() - before;
  const one = await repeated((round) => dataplane.apply(wanted(count, 2 + round), signal));
  stop.abort();
  await listening;
  return report(count, kind, { ours, raw, nothing, one, writes });
}

interface Measured {
  readonly ours: readonly number[];
  readonly raw: readonly number[];
  readonly nothing: readonly number[];
  readonly one: readonly number[];
  readonly writes: number;
}

function report(count: number, kind: string, { ours, raw, nothing, one, writes }: Measured): object {
  const [full, batch] = [Math.min(...ours), Math.min(...raw)];
  process.stdout.write(
    `${figures(`${String(count)} services of three members, by ${kind}, the best of ${String(ours.length)}:`, [
      { name: 'full sync', value: full, unit: 'ms' },
      { name: 'one raw batch of the same', value: batch, unit: 'ms' },
      { name: 'full sync / raw batch', value: full / batch, unit: '', target: 1.2 },
      { name: 'nothing changed', value: Math.min(...nothing), unit: 'ms', target: 100 },
      { name: 'writes when nothing changed', value: writes, unit: '', target: 1 },
      { name: 'one of them changed', value: Math.min(...one), unit: 'ms', target: 50 },
    ])}\n`,
  );
  return {
    ...{ services: count, kind, full_ms: full, raw_ms: batch, ratio: full / batch, writes_of_nothing: writes },
    ...{ nothing_ms: Math.min(...nothing), one_ms: Math.min(...one) },
    median: { full_ms: median(ours), raw_ms: median(raw), nothing_ms: median(nothing), one_ms: median(one) },
  };
}

/** `weight` is the first member's of the first service. */
function wanted(count: number, weight = 1): Desired {
  const services = Array.from({ length: count }, (_, at): VirtualService => ({
    ...{ owner: `lb-${String(at)}`, protocol: 'TCP', address: '172.31.255.10', port: 1000 + at },
    ...{ scheduler: 'wrr', forwarding: 'Masquerade', keepsSource: true },
    members: [1, 2, 3].map((last) => ({
      address: `10.99.0.${String(last)}`,
      port: 30_000 + at,
      weight: at === 0 && last === 1 ? weight : 1,
    })),
  }));
  return { addresses: [{ address: '172.31.255.10', interface: 'lb0' }], services };
}

/** A program and its input. Making it takes time that is not measured. */
function rawBatch(kind: string, desired: Desired): readonly [Argv, string] {
  const all = canonical(desired);
  const [program, lines]: readonly [Argv, readonly string[]] =
    kind === 'IPVS'
      ? [['ipvsadm', '-R'], batchOf(diff(NOTHING, all))]
      : [['nft', '-f', '-'], transaction(markOf(INSTANCE).table, balancerSkeleton, NO_TABLE, all)];
  return [program, `${lines.join('\n')}\n`];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function listen(dataplane: Dataplane, until: AbortSignal): Promise<void> {
  try {
    for await (const _ of dataplane.changes(until)) continue;
  } catch (error) {
    if (!until.aborted) throw error;
  }
}
