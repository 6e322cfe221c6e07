import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Node } from '../../crds/node.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { keyOf } from '../../controllers/runtime/object.ts';
import { containersOf, execIn, nameOf } from '../fixtures/operator/containers.ts';
import type { ContainerView } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { awaitPods, claimManifest, execInPod, podManifest } from '../fixtures/operator/pods.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(400_000);

const KEY = inDefault('clinic');
/** Of a step that is due after 30 s, on a machine that has other things to do. */
const REMEDY_MS = 180_000;

describe('a worker that its cluster does not call Ready for longer than the timeout', () => {
  let installation: Installation;
  let workload: Workload;
  let weak: Stored<Node>;
  let broken: Stored<Node>;

  beforeAll(async () => {
    installation = await Installation.start();
    const spec = { image: installation.image, workers: 2, remediation: { timeout: '30s' } };
    await installation.apply(clusterManifest('clinic', spec));
    await installation.untilReady(KEY);
    workload = await installation.workload(KEY);
    const workers = await installation.nodesOf(KEY, 'worker');
    [weak, broken] = [workers[0]!, workers[1]!];
    await workload.apply(claimManifest('records'));
    await workload.apply(podManifest('writer', { node: broken.status?.hostname ?? '', claim: 'records' }));
    await awaitPods(workload, 'writer');
    await execInPod(workload, 'writer', 'sh', '-c', 'echo kept >/data/record && sync');
  });

  afterAll(async () => installation?.remove());

  const containerOf = async ({ metadata }: Stored<Node>): Promise<ContainerView> => {
    const [container] = await containersOf(installation.instance, { 'qbo.io/name': metadata.name });
    if (container === undefined) throw new Error(`Node ${metadata.name} has no container`);
    return container;
  };
  const sicken = async (node: Stored<Node>, command: string): Promise<ContainerView> => {
    const container = await containerOf(node);
    await execIn(nameOf(container), 'sh', '-c', command);
    await untilHealthy(node, 'False');
    return container;
  };
  const untilHealthy = (node: Stored<Node>, status: 'True' | 'False') =>
    installation.untilCondition(() => installation.node(keyOf(node)), { type: 'Healthy', status }, REMEDY_MS);
  const untilRemediating = (node: Stored<Node>, reason: string) =>
    installation.untilCondition(() => installation.node(keyOf(node)), { type: 'Remediating', reason }, REMEDY_MS);

  test('is restarted, which heals what is only in its memory', async () => {
    // The pod network's configuration is hidden by a mount, which goes with the container's run.
    const before = await sicken(weak, 'mount -t tmpfs none /etc/cni/net.d && systemctl restart containerd');
    const { message } = await untilRemediating(weak, 'Restarting');
    expect(message).toContain('step 1 of 4');
    await untilHealthy(weak, 'True');
    const after = await containerOf(weak);
    expect(after.Id).toBe(before.Id);
    expect(after.State.StartedAt).not.toBe(before.State.StartedAt);
    await installation.untilReady(KEY);
  });

  test('is made anew when that did not help, keeps its persistent data, and is left alone where that is asked for', async () => {
    const OPTED_OUT = { spec: { remediation: { mode: 'Disabled' } } };
    await installation.kubectl('patch', 'qn', weak.metadata.name, '--type=merge', '-p', JSON.stringify(OPTED_OUT));
    // On a volume, so that it outlives every restart.
    const ailment = 'echo nonsense >/etc/cni/net.d/00-broken.conflist && systemctl restart containerd';
    const alone = await sicken(weak, ailment);
    const before = await sicken(broken, ailment);
    await untilRemediating(broken, 'Restarting');
    await untilRemediating(broken, 'Replacing');
    await installation.until('it is another container', async () => (await containerOf(broken)).Id !== before.Id);
    await untilHealthy(broken, 'True');
    const after = await containerOf(broken);
    expect(nameOf(after)).toBe(nameOf(before));
    expect(Object.values(after.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress)).toEqual(
      Object.values(before.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress),
    );

    // Its pod has started anew on it, with what it had written.
    const record = await installation.until('its pod runs again', () =>
      execInPod(workload, 'writer', 'cat', '/data/record'),
    );
    expect(record).toContain('kept');

    expect((await containerOf(weak)).State.StartedAt).toBe(alone.State.StartedAt);
    expect(await untilRemediating(weak, 'RemediationHeldBack')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('Disabled'),
    });
  });
});
