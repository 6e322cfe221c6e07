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
import type { Tools } from '../../../controllers/backends/dataplane/tools.ts';
import { canonical } from '../../../controllers/backends/dataplane/canonical.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { Namespace } from '../../../test/fixtures/netns/namespace.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../kernel-tools/ensure-kernel-tools.ts';
import { figures } from '../report.ts';
import type { Results } from '../report.ts';
import { median } from '../result.ts';

const INSTANCE = 'bench';
const ROUNDS = 5;
/** Until what a change has caused is heard of. */
const SETTLE_MS = 1_500;
const { signal } = new AbortController();
const NOTHING: Desired = { addresses: [], services: [] };

/**
 * What it takes to bring so many services of three members into an empty kernel, beside one raw batch of the same rules by
 * the same program; and then to find that nothing has changed, and to change one. In a network namespace of its own.
 */
export async function benchBalanceSync(count: number): Promise<Results> {
  await ensureKernelTools(NETFILTER_TOOLS);
  const namespace = await Namespace.make('bench');
  try {
    await namespace.sh('ip link add lb0 type bridge; ip link set lb0 up');
    const tools = localTools({ prefix: namespace.prefix });
    const choice = { tools, clock: new SystemClock(), instance: INSTANCE, kind: 'Auto' as const };
    const dataplane = await chooseDataplane(choice, signal);
    const { kind } = await dataplane.describe(signal);
    const ours: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      raw.push(await timed(() => rawBatch(tools, kind, wanted(count))));
      await clear(namespace, dataplane);
      ours.push(await timed(() => dataplane.apply(wanted(count), signal)));
      if (round < ROUNDS - 1) await clear(namespace, dataplane);
    }
    // As the operator does: it listens, and looks after each change.
    const stop = new AbortController();
    const listening = listen(dataplane, stop.signal);
    const look = (): Promise<unknown> => delay(SETTLE_MS).then(() => dataplane.read(signal));
    const nothing = await repeated(look, () => dataplane.apply(wanted(count), signal));
    let weight = 1;
    const one = await repeated(look, () => dataplane.apply(wanted(count, ++weight), signal));
    stop.abort();
    await listening;
    return report(count, kind, { ours: median(ours), raw: median(raw), nothing, one });
  } finally {
    await namespace.remove();
  }
}

interface Measured {
  readonly ours: number;
  readonly raw: number;
  readonly nothing: number;
  readonly one: number;
}

function report(count: number, kind: string, { ours, raw, nothing, one }: Measured): Results {
  process.stdout.write(
    `${figures(`${String(count)} services of three members, by ${kind}:`, [
      { name: 'full sync', value: ours, unit: 'ms' },
      { name: 'one raw batch of the same', value: raw, unit: 'ms' },
      { name: 'full sync / raw batch', value: ours / raw, unit: '', target: 1.2 },
      { name: 'nothing changed', value: nothing, unit: 'ms', target: 100 },
      { name: 'one of them changed', value: one, unit: 'ms', target: 50 },
    ])}\n`,
  );
  return {
    lb_sync: { services: count, kind, full_ms: ours, raw_ms: raw, ratio: ours / raw, nothing_ms: nothing, one_ms: one },
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

async function rawBatch(tools: Tools, kind: string, desired: Desired): Promise<void> {
  const all = canonical(desired);
  const [program, lines] =
    kind === 'IPVS'
      ? ([['ipvsadm', '-R'], batchOf(diff(NOTHING, all))] as const)
      : ([['nft', '-f', '-'], transaction(markOf(INSTANCE).table, balancerSkeleton, NO_TABLE, all)] as const);
  await tools.run([...program], `${lines.join('\n')}\n`, signal);
}

/** Also what a raw batch has left. */
async function clear(namespace: Namespace, dataplane: Dataplane): Promise<void> {
  await dataplane.apply(NOTHING, signal);
  await namespace.sh('nft flush ruleset; if [ -e /proc/net/ip_vs ]; then ipvsadm -C; fi');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function repeated(before: () => Promise<unknown>, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await before();
    times.push(await timed(work));
  }
  return median(times);
}

async function listen(dataplane: Dataplane, until: AbortSignal): Promise<void> {
  try {
    for await (const _ of dataplane.changes(until)) continue;
  } catch (error) {
    if (!until.aborted) throw error;
  }
}
