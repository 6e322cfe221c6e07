import { expect, test } from '@jest/globals';
import { cluster } from '../test/fixtures/world/objects.ts';
import { simulation } from '../test/fixtures/world/simulation.ts';

const TEN_MINUTES = 600_000;

test('a system in which nothing happens is looked at again and again, and changed not once', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 2 }), cluster('other', { workers: 0 })],
  }).settled();
  sim.api.forgetRequests();
  const inside = sim.inside('dev');
  inside.forgetRequests();
  const [writes, looks] = [sim.life.writes.length, sim.life.calls.length];
  await sim.pass(TEN_MINUTES);
  expect(sim.life.writes.slice(writes)).toEqual([]);
  expect(sim.api.writes()).toEqual([]);
  expect(inside.writes()).toEqual([]);
  // Every cluster and node twice a minute, every network once.
  expect(sim.life.calls.length - looks).toBeGreaterThan(2 * 10 * 4);
});

test('an operator that starts over a world that is as it should be changes nothing in it', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  sim.restart();
  await sim.settled();
  expect(sim.life.writes).toEqual([]);
});

test('at rest a cluster costs few requests', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  sim.api.forgetRequests();
  const before = sim.life.calls.length;
  await sim.pass(TEN_MINUTES);
  // To the management API: the Secret, at each look at the cluster, every 24 to 30 s, and the watches that end and are taken up again.
  const { 'get Secret': secrets = 0, ...others } = sim.api.requests();
  expect(secrets).toBeLessThanOrEqual(25);
  expect(Object.keys(others).filter((name) => !name.startsWith('watch '))).toEqual([]);
  // To the engine and to the cluster itself, all of them reads: measured 104 a minute for three nodes.
  expect(sim.life.calls.length - before).toBeLessThanOrEqual(10 * 115);
});

test('a cluster of three nodes is made with a bounded number of writes', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] }).settled();
  const counts = (prefix: string): number => sim.life.writes.filter((write) => write.startsWith(prefix)).length;
  expect(sim.ready('dev')).toBe(true);
  // Measured: 50, of which 12 are Events. A number that grows is a status that is written for nothing.
  expect(counts('kube.')).toBeLessThanOrEqual(55);
  // 1 network; for each node 3 volumes, a container, its start, its files, its bootstrapping.
  expect(counts('engine.')).toBe(1 + 3 * 7);
  // 9 add-ons of this image, a token for each worker, and on each Kubernetes node whose it is.
  expect(counts('workload.')).toBe(9 + 2 + 3);
});

test('between one step and the next no time is lost', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })] });
  await sim.until('the cluster is Ready', () => sim.ready('dev'), 60_000);
  // kubeadm init takes 7 s here, a join 2 s; the rest is what passes until somebody looks.
  expect(sim.clock.monotonic()).toBeLessThanOrEqual(9_000 + 1_000);
});

test('an operator that is asked to end ends, and leaves no timer behind', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  await sim.stop();
  const { writes } = sim.life;
  const before = writes.length;
  sim.engine.kill(sim.container(sim.controlPlane('dev')).name);
  await sim.pass(120_000);
  expect(writes.length).toBe(before);
  // The world's own tick.
  expect(sim.clock.pending).toBe(1);
});
