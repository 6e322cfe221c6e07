import { describe, expect, test } from '@jest/globals';
import { Label } from '../../crds/names.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import type { Container } from '../backends/containers.ts';
import { BOOTSTRAP } from './bootstrap-script.ts';

const OUTPUT =
  'one\ntwo\nthree\n[kubelet-check] The kubelet is not running\nerror: timed out waiting for the condition\n';

/** kubeadm fails the first `times` times in containers of that role. */
const failing = (role: string, times: number) => (container: Container, earlier: number) =>
  container.labels[Label.role] === role && earlier < times
    ? { exitCode: 1, output: OUTPUT, durationMs: 5_000, filesWritten: [], steps: [] }
    : undefined;

const bootstraps = (sim: Simulation): number => sim.life.writes.filter((write) => write.includes('startUnit')).length;

describe('a control plane whose bootstrapping fails', () => {
  test('says so with the end of the log, and so does its cluster', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })], kubeadm: failing('control-plane', 9) });
    await sim.pass(10_000);
    const node = sim.controlPlane('dev');
    const message = sim.condition(node, 'Bootstrapped')?.message ?? '';
    expect(sim.condition(node, 'Bootstrapped')).toMatchObject({ status: 'False', reason: 'BootstrapFailed' });
    expect(message).toContain('kubeadm init failed');
    expect(message.trimEnd().endsWith('error: timed out waiting for the condition')).toBe(true);
    expect(sim.condition(node, 'Stalled')?.status).toBe('True');
    expect(sim.condition(sim.cluster('dev'), 'Ready')?.reason).toBe('BootstrapFailed');
    expect(sim.says('dev')).toContain('The kubelet is not running');
  });

  test('is tried again after half a minute, and the cluster becomes Ready when it succeeds', async () => {
    const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })], kubeadm: failing('control-plane', 2) });
    await sim.pass(20_000);
    expect(bootstraps(sim)).toBe(1);
    await sim.pass(19_000);
    expect(bootstraps(sim)).toBe(2);
    // Said once, not at every look: an event that is said again is counted on the first.
    expect(sim.life.writes.filter((write) => write.startsWith('kube.mergePatch events'))).toEqual([]);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
    expect(sim.condition(sim.controlPlane('dev'), 'Stalled')).toBeUndefined();
  });
});

test('a worker that can not join says so, and joins when it can', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })], kubeadm: failing('worker', 1) });
  await sim.pass(18_000);
  const [worker] = sim.workers('dev');
  expect(sim.condition(worker!, 'Ready')).toMatchObject({ status: 'False', reason: 'JoinFailed' });
  expect(sim.says('dev')).toContain(`could not join cluster dev`);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('while kubeadm runs, the Node shows the last line that it wrote', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] });
  await sim.pass(2_000);
  expect(sim.condition(sim.controlPlane('dev'), 'Bootstrapped')).toMatchObject({
    reason: 'Bootstrapping',
    message: '[init] Using Kubernetes version: v1.35.4',
  });
});

test('an operator that starts anew while kubeadm runs finds it and starts it no second time', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] });
  await sim.pass(3_000);
  const before = bootstraps(sim);
  sim.restart();
  await sim.settled();
  expect(before).toBe(1);
  expect(bootstraps(sim)).toBe(0);
  expect(sim.ready('dev')).toBe(true);
});

test('a container that is killed while kubeadm runs in it is bootstrapped from the start', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] });
  await sim.pass(3_000);
  sim.engine.kill(sim.container(sim.controlPlane('dev')).name);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(bootstraps(sim)).toBe(3);
});

test('an image without a Kubernetes version is no node image, and says what to take', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { image: 'odd:v1', workers: 0 })],
    before: ({ engine }) => {
      engine.addImage('odd:v1', { entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'] });
    },
  }).settled();
  expect(sim.says('dev')).toContain('NotANodeImage');
  expect(sim.says('dev')).toContain('Image odd:v1 can not be a node: it has no /kind/version');
});

test('what kubeadm gets has the node’s name and address, and its secrets are for root alone', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  for (const node of sim.nodes('dev')) {
    const config = sim.engine.file(sim.container(node).name, BOOTSTRAP.config) ?? '';
    expect(config).toContain(`name: ${node.status?.hostname ?? ''}`);
    expect(config).toContain(`value: ${node.status?.address ?? ''}`);
  }
});
