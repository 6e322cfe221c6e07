import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../hack/console/run.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import type { ContainerView } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { awaitPods, execInPod, podManifest } from '../fixtures/operator/pods.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(300_000);

const KEY = inDefault('sleeper');

describe('a cluster that people stop, pause and start', () => {
  let installation: Installation;
  let workload: Workload;

  beforeAll(async () => {
    installation = await Installation.start();
    await installation.apply(clusterManifest('sleeper', { image: installation.image, workers: 2 }));
    await installation.untilReady(KEY);
    workload = await installation.workload(KEY);
    const [worker] = await installation.nodesOf(KEY, 'worker');
    await workload.kubectl('create', 'configmap', 'kept', '--from-literal=key=value');
    await workload.apply(podManifest('keeper', { node: worker?.status?.hostname ?? '' }));
    await awaitPods(workload, 'keeper');
  });

  afterAll(async () => installation?.remove());

  const containers = (): Promise<readonly ContainerView[]> => containersOf(installation.instance);

  const setPower = async (kind: 'cluster' | 'qn', name: string, power: string): Promise<void> => {
    await installation.kubectl('patch', kind, name, '--type=merge', '-p', JSON.stringify({ spec: { power } }));
  };

  /** Every container, once all of them have this state. */
  const untilAll = (state: string): Promise<readonly ContainerView[]> =>
    installation.until(`every container is ${state}`, async () => {
      const found = await containers();
      return found.every(({ State }) => State.Status === state) && found;
    });

  const identity = ({ Id, Name, NetworkSettings }: ContainerView) => ({
    ...{ Id, Name },
    addresses: Object.values(NetworkSettings.Networks).map(
      ({ IPAddress, IPAMConfig }) => IPAMConfig?.IPv4Address ?? IPAddress,
    ),
  });

  const identities = async () => (await containers()).map(identity);

  const time = (view: ContainerView, at: 'StartedAt' | 'FinishedAt'): number => Date.parse(view.State[at]);

  const isControlPlane = ({ Config }: ContainerView): boolean => Config.Labels['qbo.io/role'] === 'control-plane';

  const column = (name: string): Promise<string> =>
    installation.kubectl('get', 'cluster', KEY.name, '-o', `jsonpath={.status.${name}}`);

  const expectDataKept = async (): Promise<void> => {
    expect(await workload.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}')).toBe('value');
  };

  test('stops with its workers first, and starts with its control plane first, the same as it was', async () => {
    const before = await identities();
    await setPower('cluster', KEY.name, 'Stopped');
    const stopped = await untilAll('exited');
    await installation.until('it says so', async () => (await column('power')) === 'Stopped');
    // Nobody had to be killed.
    expect(stopped.map(({ State }) => State.ExitCode).filter((code) => code === 137)).toEqual([]);
    const control = stopped.find(isControlPlane)!;
    for (const worker of stopped.filter((one) => one !== control)) {
      expect(time(worker, 'FinishedAt')).toBeLessThan(time(control, 'FinishedAt'));
    }
    const ready = await installation.kubectl('get', 'cluster', KEY.name);
    expect(ready).toMatch(/False +0\/3 +Stopped/);

    await setPower('cluster', KEY.name, 'Running');
    await installation.untilReady(KEY);
    expect(await identities()).toEqual(before);
    const started = await containers();
    const first = started.find(isControlPlane)!;
    for (const worker of started.filter((one) => one !== first)) {
      expect(time(worker, 'StartedAt')).toBeGreaterThan(time(first, 'StartedAt'));
    }
    await expectDataKept();
    await awaitPods(workload, 'keeper');
  });

  test('is paused and goes on where it was: what ran still runs', async () => {
    await execInPod(workload, 'keeper', 'sh', '-c', 'echo here >/tmp/in-memory');
    const before = await containers();
    await setPower('cluster', KEY.name, 'Paused');
    await untilAll('paused');
    await installation.until('it says so', async () => (await column('power')) === 'Paused');
    await setPower('cluster', KEY.name, 'Running');
    await installation.untilReady(KEY);
    const after = await containers();
    expect(after.map(({ State }) => State.StartedAt)).toEqual(before.map(({ State }) => State.StartedAt));
    expect(await execInPod(workload, 'keeper', 'cat', '/tmp/in-memory')).toBe('here');
    await expectDataKept();
  });

  test('puts right what is done to its containers behind its back, by what is asked for', async () => {
    const [worker] = await installation.nodesOf(KEY, 'worker');
    const name = worker?.metadata.name ?? '';
    const container = worker?.status?.containerName ?? '';
    const until = (state: string) =>
      installation.until(`${container} is ${state}`, async () =>
        (await containers()).some((one) => nameOf(one) === container && one.State.Status === state),
      );
    await run(['docker', 'pause', container]);
    await until('running');
    await setPower('qn', name, 'Paused');
    await until('paused');
    await run(['docker', 'unpause', container]);
    await until('paused');
    await setPower('qn', name, 'Stopped');
    await until('exited');
    await run(['docker', 'start', container]);
    await until('exited');
    // Two nodes are all that there should be, and they are Ready.
    await installation.untilReady(KEY);
    expect(await column('nodes')).toBe('2/2 (1 stopped)');
    await installation.until('it says so', async () => (await column('power')) === 'Running');
    await setPower('qn', name, 'Running');
    await installation.until('all are Ready', async () => (await column('nodes')) === '3/3');
    await installation.untilReady(KEY);
  });

  test('is given less of the host while it runs: its kubelets say so, and no pod notices', async () => {
    const sizes = async (): Promise<string[]> => {
      const sizeOf =
        '{.status.capacity.cpu} {.status.capacity.memory} {.status.allocatable.cpu} {.status.allocatable.memory}';
      return (await workload.kubectl('get', 'nodes', '-o', `jsonpath={range .items[*]}${sizeOf}{"\\n"}{end}`)).split(
        '\n',
      );
    };
    const whole = await sizes();
    // In the container's own layer: one that is started again has another.
    await installation.until('the pod runs', () =>
      execInPod(workload, 'keeper', 'sh', '-c', 'echo here >/tmp/before && cat /tmp/before'),
    );
    const before = await containers();
    await installation.kubectl(
      ...['patch', 'cluster', KEY.name, '--type=merge', '-p'],
      '{"spec":{"resources":{"cpu":"1500m","memory":"2Gi"}}}',
    );
    await installation.untilReady(KEY);
    expect(await sizes()).toEqual(whole.map(() => '2 2Gi 1500m 2Gi'));
    const after = await containers();
    for (const { HostConfig } of after)
      expect(HostConfig).toMatchObject({ NanoCpus: 1.5e9, Memory: 2 ** 31, MemorySwap: 2 ** 31 });
    expect(after.map(({ Id, State }) => [Id, State.StartedAt])).toEqual(
      before.map(({ Id, State }) => [Id, State.StartedAt]),
    );
    expect(await execInPod(workload, 'keeper', 'cat', '/tmp/before')).toBe('here');

    // What the kubelet reads is laid over the kernel's files at each start, in a container that is made anew too.
    const worker = after.find((one) => !isControlPlane(one))!;
    await run(['docker', 'rm', '--force', nameOf(worker)]);
    await installation.until('there is another container', async () =>
      (await containers()).some((one) => nameOf(one) === nameOf(worker) && one.Id !== worker.Id && one.State.Running),
    );
    await installation.until('all are Ready', async () => (await column('nodes')) === '3/3');
    expect(await sizes()).toEqual(whole.map(() => '2 2Gi 1500m 2Gi'));

    await installation.kubectl('patch', 'cluster', KEY.name, '--type=merge', '-p', '{"spec":{"resources":null}}');
    await installation.untilReady(KEY);
    expect(await sizes()).toEqual(whole);
  });

  test('is deleted while it is stopped, and leaves nothing', async () => {
    await setPower('cluster', KEY.name, 'Stopped');
    await untilAll('exited');
    await installation.kubectl('delete', 'cluster', KEY.name, '--timeout=60s');
    await installation.until('nothing is left', async () => (await installation.residue()).length === 0);
  });
});
