/**
 * `node hack/bench/main.ts`: makes clusters of one and of three nodes, ours and the kind CLI's in turn, with the same image
 * on the same engine, to the same finish. Writes build/bench.json. `$QBO_BENCH_ROUNDS`: rounds of each, 3 by default;
 * `$QBO_BENCH_NODES`: numbers of nodes, `1,3` by default.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';

import { Installation } from '../../test/fixtures/operator/installation.ts';
import { describeFailure, step } from '../console/progress.ts';
import { keepNetworkAsItWas, raceKind } from './kind.ts';
import { raceOurs } from './ours.ts';
import { compare, table, type Comparison, type Round } from './result.ts';

const BUILD = join(import.meta.dirname, '..', '..', 'build');

async function main(rounds: number, sizes: readonly number[]): Promise<void> {
  const load = loadavg()[0] ?? 0;
  if (load > 1)
    process.stderr.write(`  This machine is busy already (load ${load.toFixed(1)}): times will be long and uneven.\n`);
  await using installation = await Installation.start({ kind: 'bench', settings: { QBO_LOG_LEVEL: 'info' } });
  // kind is ready to run at any time too.
  await installation.untilOperatorReady();
  const measured = await keepNetworkAsItWas(() => race(installation, rounds, sizes));
  const results: Record<string, Comparison> = {};
  for (const nodes of sizes) {
    const comparison = compare(measured, nodes);
    results[`create_${String(nodes)}`] = comparison;
    process.stdout.write(`${table(nodes, comparison)}\n\n`);
  }
  await mkdir(BUILD, { recursive: true });
  await writeFile(join(BUILD, 'bench.json'), `${JSON.stringify(results, undefined, 2)}\n`);
}

async function race(installation: Installation, rounds: number, sizes: readonly number[]): Promise<Round[]> {
  const { image, folder, instance } = installation;
  const contenders = {
    ours: (nodes: number) => raceOurs(nodes, installation),
    kind: (nodes: number) => raceKind(nodes, { name: instance, image, folder }),
  };
  const measured: Round[] = [];
  for (const nodes of sizes) {
    for (let round = 1; round <= rounds; round++) {
      // Who comes first has the warmer or the colder machine: take turns.
      const order = round % 2 === 1 ? (['ours', 'kind'] as const) : (['kind', 'ours'] as const);
      for (const name of order) {
        const title = `${String(nodes)} ${nodes === 1 ? 'node' : 'nodes'}, round ${String(round)}, ${name}`;
        const result = await step(title, () => contenders[name](nodes));
        process.stderr.write(`    ${result.seconds.toFixed(1)} s to the finish, the rest is clean-up\n`);
        measured.push(result);
      }
    }
  }
  return measured;
}

try {
  const rounds = Number(process.env['QBO_BENCH_ROUNDS'] ?? 3);
  const sizes = (process.env['QBO_BENCH_NODES'] ?? '1,3').split(',').map(Number);
  await main(rounds, sizes);
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = 1;
}
