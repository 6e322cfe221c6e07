/**
 * `node hack/bench/main.ts [SECTION ...]`, or `$QBO_BENCH=repair,idle`: measures, prints the figures beside what is to be
 * reached, and writes them to build/bench.json; sections that are not run keep what is there.
 *
 * - create: clusters of one and of three nodes, ours and the kind CLI's in turn. `$QBO_BENCH_ROUNDS`: rounds of each, 3 by
 *   default; `$QBO_BENCH_NODES`: numbers of nodes, `1,3` by default.
 * - repair, idle: one cluster of three nodes on the engine; what repair takes, and what rest costs.
 * - scale: `$QBO_BENCH_CLUSTERS` clusters, 2,000 by default, in memory.
 * - throughput: our runtime beside controller-runtime, over `$QBO_BENCH_OBJECTS` objects, 5,000 by default.
 * - mirror: `$QBO_BENCH_SUBSCRIBERS` sockets in one mirror, 10,000 by default, beside a plain broadcast over ws.
 * - command_rate: commands a second that the bridge itself can deal with.
 * - failover: the leader of two replicas is killed, and frozen.
 * - cli_start, cli_get: the command line without a bridge, and a list of nodes beside kubectl's.
 * - lb_sync: `$QBO_BENCH_SERVICES` services, 1,000 by default, beside one raw batch of the same rules.
 * - lb_sync_ipvs: the same by IPVS, in a kernel that is a process.
 * - lb_traffic: connections through the balancer, straight to the member, and through haproxy; `$QBO_BENCH_SECONDS` each, 5 by default.
 * - lb_service: Services of a real cluster, one after the other; then `$QBO_BENCH_BALANCED` at once, 100 by default, for the memory
 *   that each takes, beside a container with haproxy for each.
 */
import { loadavg } from 'node:os';

import { describeFailure } from '../console/progress.ts';
import { benchService } from './balance/service.ts';
import { benchBalanceSync, benchBalanceSyncByIpvs } from './balance/sync.ts';
import { benchBalanceTraffic } from './balance/traffic.ts';
import { benchCliGet, benchCliStart } from './cli.ts';
import { benchCreate } from './create.ts';
import { benchFailover } from './failover.ts';
import { benchIdle } from './idle.ts';
import { benchCommandRate, benchMirror } from './mirror/index.ts';
import { benchRepair } from './repair.ts';
import { save, type Results } from './report.ts';
import { benchScale } from './scale.ts';
import { benchThroughput } from './throughput/index.ts';

const environment = process.env;

const SECTIONS: Readonly<Record<string, () => Promise<Results>>> = {
  create: () =>
    benchCreate(
      Number(environment['QBO_BENCH_ROUNDS'] ?? 3),
      (environment['QBO_BENCH_NODES'] ?? '1,3').split(',').map(Number),
    ),
  repair: benchRepair,
  idle: benchIdle,
  failover: benchFailover,
  throughput: () => benchThroughput(Number(environment['QBO_BENCH_OBJECTS'] ?? 5_000)),
  mirror: () => benchMirror(Number(environment['QBO_BENCH_SUBSCRIBERS'] ?? 10_000)),
  command_rate: benchCommandRate,
  cli_start: benchCliStart,
  cli_get: benchCliGet,
  lb_sync: () => benchBalanceSync(Number(environment['QBO_BENCH_SERVICES'] ?? 1_000)),
  lb_sync_ipvs: () => benchBalanceSyncByIpvs(Number(environment['QBO_BENCH_SERVICES'] ?? 1_000)),
  lb_traffic: () => benchBalanceTraffic(Number(environment['QBO_BENCH_SECONDS'] ?? 5)),
  lb_service: () =>
    benchService(Number(environment['QBO_BENCH_ROUNDS'] ?? 7), Number(environment['QBO_BENCH_BALANCED'] ?? 100)),
  scale: () => benchScale(Number(environment['QBO_BENCH_CLUSTERS'] ?? 2_000)),
};

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((name) => !(name in SECTIONS));
  if (unknown.length > 0) {
    throw new Error(`There is no section ${unknown.join(', ')}. There are: ${Object.keys(SECTIONS).join(', ')}.`);
  }
  for (const name of asked.length > 0 ? asked : Object.keys(SECTIONS)) {
    const [load = 0] = loadavg();
    if (load > 1)
      process.stderr.write(
        `  This machine is busy already (load ${load.toFixed(1)}): times will be long and uneven.\n`,
      );
    await save({ ...(await SECTIONS[name]?.()), [`load_before_${name}`]: Number(load.toFixed(1)) });
  }
}

try {
  const named = [...process.argv.slice(2), ...(environment['QBO_BENCH'] ?? '').split(',')];
  await main(named.filter((name) => name !== ''));
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
