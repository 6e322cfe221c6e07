import { expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../crds/cluster.ts';
import { NodeKind } from '../crds/node.ts';
import { cluster, node } from '../test/fixtures/world/objects.ts';
import { repeatable } from '../test/fixtures/world/repeatable.ts';
import { simulation } from '../test/fixtures/world/simulation.ts';
import type { Simulation } from '../test/fixtures/world/simulation.ts';
import type { Container } from './backends/containers.ts';
import { SecretType } from './kube/kinds.ts';

jest.setTimeout(120_000);

type Pick = <T>(choices: readonly T[]) => T;

interface Turn {
  readonly sim: Simulation;
  readonly pick: Pick;
}

const ours = ({ engine }: Simulation): readonly Container[] =>
  engine.look().containers.filter(({ owner }) => owner !== undefined);

/** How long something is away. */
const spell = (pick: Pick): number => pick([100, 5_000, 60_000]);

/** What people, the engine, the API servers and the operator's process may do to a cluster `dev`. */
const DEEDS: Readonly<Record<string, (turn: Turn) => unknown>> = {
  scale: ({ sim, pick }) => sim.user.scale('dev', pick([0, 1, 2, 3])),
  deleteWorker: ({ sim, pick }) => {
    const name = pick(sim.workers('dev'))?.metadata.name;
    return name !== undefined && sim.user.delete(NodeKind, name);
  },
  declareNode: ({ sim, pick }) => sim.user.apply(node(pick(['spare', 'extra']), { cluster: 'dev' })),
  deleteSecret: ({ sim }) => sim.user.delete(SecretType, 'dev-kubeconfig'),
  kill: ({ sim, pick }) => {
    const container = pick(ours(sim));
    if (container?.state === 'running') sim.engine.kill(container.name);
  },
  stop: ({ sim, pick }) => {
    const container = pick(ours(sim));
    if (container !== undefined) sim.engine.stop(container.name);
  },
  remove: ({ sim, pick }) => {
    const container = pick(ours(sim));
    if (container !== undefined) sim.engine.removeBehindOurBack(container.name);
  },
  removeAll: ({ sim }) => {
    for (const { name } of ours(sim)) sim.engine.removeBehindOurBack(name);
  },
  engineRestarts: ({ sim }) => {
    sim.engine.restartEngine();
  },
  engineIsAway: async ({ sim, pick }) => {
    sim.engine.unavailable(true);
    await sim.pass(spell(pick));
    sim.engine.unavailable(false);
  },
  apiIsAway: async ({ sim, pick }) => {
    sim.api.stop();
    await sim.pass(spell(pick));
    sim.api.start();
  },
  watchesBreak: ({ sim, pick }) => {
    if (pick([true, false])) sim.api.expireHistory();
    sim.api.dropWatches();
  },
  operatorIsKilled: async ({ sim, pick }) => {
    sim.life.end();
    await sim.pass(pick([0, 1_000, 40_000]));
    sim.start();
  },
  operatorIsRestarted: async ({ sim }) => {
    await sim.stop();
    sim.start();
  },
};

async function turmoil(seed: number): Promise<Simulation> {
  const random = repeatable(seed * 104_729);
  const pick: Pick = (choices) => choices[Math.floor(random() * choices.length)] as (typeof choices)[number];
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 1 }), cluster('dev', { workers: 0 }, { namespace: 'team' })],
    watchLagMs: pick([0, 20, 200]),
    engine: { latencyMs: pick([0, 5, 50]) },
    settings: { managementContainer: 'management' },
    before: ({ engine }) => {
      engine.foreignContainer('management');
      engine.foreignNetwork('office', '172.18.0.0/24');
      engine.foreignVolume('data');
    },
  });
  for (let step = 0; step < 25; step++) {
    await sim.pass(pick([0, 10, 100, 500, 2_000, 8_000, 31_000, 130_000]));
    await DEEDS[pick(Object.keys(DEEDS))]?.({ sim, pick });
  }
  return sim.settled();
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('whatever happens, it ends as declared (seed %i)', async (seed) => {
  const sim = await turmoil(seed);
  expect({ dev: sim.says('dev'), team: sim.says('team/dev') }).toEqual({ dev: 'True Ready: ', team: 'True Ready: ' });
  const nodes = sim.nodes('dev').length;
  expect(sim.workers('dev').filter(({ metadata }) => metadata.ownerReferences !== undefined)).toHaveLength(
    sim.cluster('dev').spec.workers,
  );
  expect(sim.kubeNodes('dev')).toHaveLength(nodes);
  const { containers, networks, volumes } = sim.engine.look();
  // Those of others, and of the cluster in namespace team.
  expect({ containers: containers.length, networks: networks.length, volumes: volumes.length }).toEqual({
    containers: 1 + 1 + nodes,
    networks: 1 + 1 + 1,
    volumes: 1 + 3 + 3 * nodes,
  });
  for (const name of ['dev', 'team/dev']) await sim.user.delete(ClusterKind, name);
  await sim.settled();
  expect(sim.residue()).toEqual([]);
  expect(sim.engine.look().containers.map(({ name }) => name)).toEqual(['management']);
});
