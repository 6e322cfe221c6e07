/** Clusters of ours and of the kind CLI in turn, with the same image on the same engine, to the same finish. */
import { Installation } from '../../test/fixtures/operator/installation.ts';
import { step } from '../console/progress.ts';
import { keepNetworkAsItWas, raceKind } from './kind.ts';
import { raceOurs } from './ours.ts';
import type { Results } from './report.ts';
import { compare, table, type Comparison, type Round } from './result.ts';

export async function benchCreate(rounds: number, sizes: readonly number[]): Promise<Results> {
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
  return results;
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
