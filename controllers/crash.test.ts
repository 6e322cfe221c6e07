import { describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../crds/cluster.ts';
import { Label } from '../crds/names.ts';
import type { Crash } from '../test/fixtures/world/life.ts';
import { cluster } from '../test/fixtures/world/objects.ts';
import { repeatable } from '../test/fixtures/world/repeatable.ts';
import { simulation } from '../test/fixtures/world/simulation.ts';
import type { Simulation } from '../test/fixtures/world/simulation.ts';

jest.setTimeout(120_000);

const MANAGEMENT = 'qbo-management';
const dev = cluster('dev', { workers: 1 });

const world = (crash?: Crash) =>
  simulation({
    clusters: [dev],
    settings: { managementContainer: MANAGEMENT },
    before: ({ engine }) => {
      engine.foreignNetwork('office', '172.18.0.0/24');
      engine.foreignContainer(MANAGEMENT, { addresses: { office: '172.18.0.9' } });
      engine.foreignVolume('data');
    },
    ...(crash && { crash }),
  });

/** What is wrong with a world in which the cluster should be: nothing, it is to be hoped. */
function faultsOf(sim: Simulation): string[] {
  const faults: string[] = [];
  if (!sim.ready('dev')) faults.push(`not Ready: ${sim.says('dev')}`);
  if (sim.cluster('dev').metadata.generation !== 1) faults.push('the spec was written');
  const { containers, networks, volumes } = sim.engine.look();
  const ours = containers.filter(({ labels }) => Label.id in labels);
  const owners = sim.nodes('dev').map(({ metadata }) => metadata.uid);
  if (ours.length !== 2 || new Set(ours.map(({ owner }) => owner)).size !== 2) faults.push('not one container a Node');
  if (ours.some(({ owner }) => !owners.includes(owner ?? ''))) faults.push('a container is nobody’s');
  if (networks.length !== 2) faults.push(`${String(networks.length)} networks`);
  if (volumes.length !== 7) faults.push(`${String(volumes.length)} volumes`);
  if (sim.kubeNodes('dev').length !== 2) faults.push(`${String(sim.kubeNodes('dev').length)} Kubernetes nodes`);
  return [...faults, ...strangers(sim)];
}

function strangers({ engine }: Simulation): string[] {
  const { containers, networks, volumes } = engine.look();
  const left = [...containers, ...networks, ...volumes].filter(({ labels }) => !(Label.id in labels));
  const names = left.map(({ name }) => name).sort();
  return names.join() === ['data', 'office', MANAGEMENT].join() ? [] : [`of the others there are ${names.join()}`];
}

/**
 * The calls after which to die: every one that changes something, and of those that only look, some. To die before a
 * change is to die after the look that led to it.
 */
const crashesIn = ({ life }: Simulation, from = 0): Crash[] =>
  life.calls
    .map((call, index): Crash & { call: string } => ({ call, atCall: index + 1, when: 'after' }))
    .slice(from)
    .filter(({ call, atCall }) => life.isWrite(call) || atCall % 12 === 0);

const describeCrash = ({ atCall, when }: Crash, sim: Simulation): string =>
  `${when} call ${String(atCall)} (${sim.life.calls.at(-1) ?? ''})`;

describe('an operator that is killed', () => {
  test('anywhere in a create goes on where the world stands', async () => {
    const crashes = crashesIn(await (await world()).settled());
    expect(crashes.length).toBeGreaterThan(80);
    const faults: string[] = [];
    for (const crash of crashes) {
      const sim = await world(crash);
      await sim.until('the operator has died', () => sim.life.isOver);
      const where = describeCrash(crash, sim);
      sim.start();
      await sim.settled();
      faults.push(...faultsOf(sim).map((fault) => `killed ${where}: ${fault}`));
    }
    expect(faults).toEqual([]);
  });

  test('anywhere in a create, while the cluster is deleted, leaves nothing behind', async () => {
    const crashes = crashesIn(await (await world()).settled());
    const faults: string[] = [];
    for (const crash of crashes) {
      const sim = await world(crash);
      await sim.until('the operator has died', () => sim.life.isOver);
      const where = describeCrash(crash, sim);
      await sim.user.delete(ClusterKind, 'dev');
      sim.start();
      await sim.settled();
      const left = [...sim.residue(), ...(sim.find(ClusterKind, 'dev') ? ['the Cluster'] : []), ...strangers(sim)];
      if (left.length > 0) faults.push(`killed ${where}: ${left.join(', ')}`);
    }
    expect(faults).toEqual([]);
  });

  test('anywhere in a delete goes on with it', async () => {
    const faults: string[] = [];
    const example = await (await world()).settled();
    const born = example.life.calls.length;
    await example.user.delete(ClusterKind, 'dev');
    await example.settled();
    for (const crash of crashesIn(example, born)) {
      const sim = await world(crash);
      await sim.settled();
      await sim.user.delete(ClusterKind, 'dev');
      await sim.settled();
      const where = describeCrash(crash, sim);
      if (sim.life.isOver) sim.start();
      else faults.push(`it did not die ${where}`);
      await sim.settled();
      const left = [...sim.residue(), ...(sim.find(ClusterKind, 'dev') ? ['the Cluster'] : []), ...strangers(sim)];
      if (left.length > 0) faults.push(`killed ${where}: ${left.join(', ')}`);
    }
    expect(faults).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5])('again and again, at random (%i), gets there all the same', async (seed) => {
    const random = repeatable(seed);
    const crash = (): Crash => ({ atCall: 40 + Math.floor(random() * 120), when: random() < 0.5 ? 'before' : 'after' });
    const sim = await world(crash());
    for (let lives = 1; lives < 12; lives++) {
      await sim.settled();
      if (!sim.life.isOver) break;
      sim.start(crash());
    }
    sim.restart();
    await sim.settled();
    expect(faultsOf(sim)).toEqual([]);
  });
});
