import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../hack/console/run.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import type { ContainerView } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { awaitPods, podManifest } from '../fixtures/operator/pods.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(300_000);

const KEY = inDefault('phoenix');

describe('a node that somebody has harmed', () => {
  let installation: Installation;
  let workload: Workload;

  beforeAll(async () => {
    installation = await Installation.start();
    await installation.apply(clusterManifest('phoenix', { image: installation.image, workers: 1 }));
    await installation.untilReady(KEY);
    workload = await installation.workload(KEY);
    await workload.kubectl('create', 'configmap', 'kept', '--from-literal=key=value');
  });

  afterAll(async () => installation?.remove());

  const containerOf = async (role: 'control-plane' | 'worker'): Promise<ContainerView> => {
    const [container] = await containersOf(installation.instance, { 'qbo.io/role': role });
    if (container === undefined) throw new Error(`There is no container of a ${role}`);
    return container;
  };

  const addressesOf = ({ NetworkSettings }: ContainerView): string[] =>
    Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);

  const volumesOf = ({ Mounts }: ContainerView): string[] => Mounts.flatMap(({ Name }) => Name ?? []).sort();

  /** Runs where it ran, and is another container only where the first one is gone. */
  const untilBack = async (before: ContainerView): Promise<ContainerView> => {
    const role = before.Config.Labels['qbo.io/role'] === 'worker' ? 'worker' : 'control-plane';
    const after = await installation.until(`the ${role} runs again`, async () => {
      const now = await containerOf(role);
      const isOther = now.Id !== before.Id || now.State.StartedAt !== before.State.StartedAt;
      return now.State.Running && isOther && now;
    });
    expect(nameOf(after)).toBe(nameOf(before));
    expect(addressesOf(after)).toEqual(addressesOf(before));
    expect(volumesOf(after)).toEqual(volumesOf(before));
    return after;
  };

  /** A cluster believes in a node for a while after it has gone: only what runs on it proves that it is there. */
  const expectWorkerTakesPods = async (name: string): Promise<void> => {
    const [worker] = await installation.nodesOf(KEY, 'worker');
    await workload.apply(podManifest(name, { node: worker?.status?.hostname ?? '' }));
    await awaitPods(workload, name);
  };

  test('by docker kill is started again', async () => {
    const before = await containerOf('worker');
    await run(['docker', 'kill', nameOf(before)]);
    expect((await untilBack(before)).Id).toBe(before.Id);
    await expectWorkerTakesPods('after-kill');
  });

  test('by docker rm is made again, with its name and address, on its volumes', async () => {
    const before = await containerOf('worker');
    await run(['docker', 'rm', '--force', nameOf(before)]);
    expect((await untilBack(before)).Id).not.toBe(before.Id);
    await expectWorkerTakesPods('after-rm');
  });

  test('returns with its data when it is the control plane', async () => {
    const before = await containerOf('control-plane');
    await run(['docker', 'rm', '--force', '--volumes', nameOf(before)]);
    await untilBack(before);
    const kept = await installation.until('the API server answers', () =>
      workload.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}'),
    );
    expect(kept).toBe('value');
    await installation.untilReady(KEY);
    await expectWorkerTakesPods('after-control-plane');
  });

  test('by docker network disconnect is attached again, where it was', async () => {
    const before = await containerOf('worker');
    const [network = ''] = Object.keys(before.NetworkSettings.Networks);
    await run(['docker', 'network', 'disconnect', network, nameOf(before)]);
    await installation.until('it has its address again', async () => {
      const now = await containerOf('worker');
      return now.Id === before.Id && addressesOf(now)[0] === addressesOf(before)[0];
    });
  });
});
