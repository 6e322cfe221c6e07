import { expect, test } from '@jest/globals';
import { ClusterKind } from '../../crds/cluster.ts';
import { NetworkKind } from '../../crds/network.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';

const MANAGEMENT = 'qbo-management';

const beside = () =>
  simulation({
    clusters: [cluster('dev', { workers: 0 })],
    settings: { managementContainer: MANAGEMENT },
    before: ({ engine }) => {
      engine.foreignContainer(MANAGEMENT);
    },
  }).settled();

const addressesOf = (sim: Simulation): readonly string[] =>
  Object.values(sim.engine.look().containers.find(({ name }) => name === MANAGEMENT)?.addresses ?? {});

test('the container that the operator runs in is attached to the cluster’s network at .2, and leaves it with the cluster', async () => {
  const sim = await beside();
  expect(addressesOf(sim)).toEqual(['172.18.0.2']);
  await sim.user.delete(ClusterKind, 'dev');
  await sim.settled();
  expect(addressesOf(sim)).toEqual([]);
  expect(sim.residue()).toEqual([]);
});

test('a management container that was disconnected is attached again', async () => {
  const sim = await beside();
  const { dockerNetworkID = '' } = sim.network('dev').status ?? {};
  const { id = '' } = sim.engine.look().containers.find(({ name }) => name === MANAGEMENT) ?? {};
  await sim.engine.containers().networks.disconnect(dockerNetworkID, id, new AbortController().signal);
  await sim.settled();
  expect(addressesOf(sim)).toEqual(['172.18.0.2']);
});

test('without its management container a network says what to do', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0 })],
    settings: { managementContainer: MANAGEMENT },
  });
  await sim.pass(30_000);
  expect(sim.says('dev')).toContain(
    'The management container qbo-management is not there. Run `make up` to bring it back.',
  );
});

test('a network goes also when its making was never recorded', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0 })],
    settings: { managementContainer: MANAGEMENT },
    before: ({ engine }) => {
      engine.foreignContainer(MANAGEMENT);
    },
  });
  await sim.until('attached', () => addressesOf(sim).length === 1);
  // It dies before it could write down which network it made.
  sim.life.end();
  await sim.user.writeStatus(NetworkKind, 'dev', {});
  await sim.user.delete(NetworkKind, 'dev');
  await sim.user.delete(ClusterKind, 'dev');
  sim.start();
  await sim.settled();
  expect(sim.find(ClusterKind, 'dev')).toBeUndefined();
  expect(sim.residue()).toEqual([]);
  expect(addressesOf(sim)).toEqual([]);
});
