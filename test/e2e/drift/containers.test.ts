import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import { nameOf } from '../../fixtures/operator/containers.ts';
import { HarmedCluster, docker } from '../../fixtures/operator/harmed-cluster.ts';
import { awaitPods, claimManifest, execInPod, podManifest } from '../../fixtures/operator/pods.ts';

jest.setTimeout(400_000);

describe('a container that somebody', () => {
  let cluster: HarmedCluster;

  beforeAll(async () => {
    cluster = await HarmedCluster.begin('phoenix', 1);
    const { workload } = cluster;
    await workload.kubectl('create', 'configmap', 'kept', '--from-literal=key=value');
    await workload.apply(claimManifest('kept'), podManifest('keeper', { claim: 'kept' }));
    await awaitPods(workload, 'keeper');
    await execInPod(workload, 'keeper', 'sh', '-c', 'echo precious >/data/file && sync');
  });

  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  /** Asked of the pod that wrote it, which goes on after its node. */
  const expectClaimKept = async (): Promise<void> => {
    const content = await cluster.until('the pod goes on', () =>
      execInPod(cluster.workload, 'keeper', 'cat', '/data/file'),
    );
    expect(content).toBe('precious');
  };

  const secret = async () => {
    const found = await cluster.installation.kube.get(
      SecretType,
      { namespace: 'default', name: 'phoenix-kubeconfig' },
      AbortSignal.timeout(30_000),
    );
    return found?.data;
  };

  test.each([
    ['kills', 'exited with code 137', 'kill'],
    ['stops', 'exited with code', 'stop'],
  ])('%s is started again, and people are told why', async (_, cause, command) => {
    const before = await cluster.container('worker');
    await docker(command, nameOf(before));
    await cluster.untilBack(before, 'same');
    const told = await cluster.untilTold((await cluster.nodeOf(before)).metadata.name, 'ContainerRestarted');
    expect(told).toContain(`Container ${nameOf(before)} was not running (${cause}`);
    await cluster.expectTakesPods(before, `after-${command}`);
  });

  test('pauses goes on', async () => {
    const { Id, State } = await cluster.container('worker');
    await docker('pause', Id);
    const after = await cluster.until('it runs', async () => {
      const now = await cluster.container('worker');
      return now.State.Status === 'running' && now;
    });
    expect(after.State.StartedAt).toBe(State.StartedAt);
    await cluster.installation.untilReady(cluster.key);
  });

  test('removes is made again, with its name and address, on its volumes', async () => {
    const before = await cluster.container('worker');
    await docker('rm', '--force', nameOf(before));
    expect(nameOf(await cluster.untilBack(before, 'another'))).toBe(nameOf(before));
    const told = await cluster.untilTold((await cluster.nodeOf(before)).metadata.name, 'ContainerRecreated');
    expect(told).toContain(`Container ${nameOf(before)} was gone, and is made again on its volumes`);
    await cluster.installation.untilReady(cluster.key);
    await expectClaimKept();
  });

  test('removes that was the control plane comes back as the same cluster, with what was in it', async () => {
    const before = { container: await cluster.container('control-plane'), secret: await secret() };
    await docker('rm', '--force', '--volumes', nameOf(before.container));
    await cluster.untilBack(before.container, 'another');
    await cluster.installation.untilReady(cluster.key);
    // The same kubeconfig: its authority, its address and its key.
    expect(await secret()).toEqual(before.secret);
    expect(await cluster.workload.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}')).toBe('value');
    expect(await cluster.workload.kubectl('get', 'pvc', 'kept', '-o', 'jsonpath={.status.phase}')).toBe('Bound');
    await expectClaimKept();
  });

  test('renames, or takes the restart policy from, is left as it is', async () => {
    const before = await cluster.container('worker');
    await docker('rename', nameOf(before), `${nameOf(before)}-fred`);
    await docker('update', '--restart=no', before.Id);
    await cluster.until('its Node knows its name', async () => {
      const { status } = await cluster.nodeOf(before);
      return status?.containerName === `${nameOf(before)}-fred`;
    });
    const after = await cluster.container('worker');
    expect([after.Id, after.State.StartedAt]).toEqual([before.Id, before.State.StartedAt]);
    // What the engine does no more, the operator does.
    await docker('kill', before.Id);
    await cluster.untilBack(before, 'same');
    await cluster.installation.untilReady(cluster.key);
  });

  test('replaces by another under its name is made again under its qualified name, and the other is left alone', async () => {
    const before = await cluster.container('worker');
    const node = await cluster.nodeOf(before);
    await cluster.installation.operator.kill();
    await docker('rm', '--force', before.Id);
    await cluster.stranger(node.metadata.name);
    const stranger = await docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', node.metadata.name);
    await cluster.installation.operator.start();
    const after = await cluster.untilBack(before, 'another');
    expect(nameOf(after)).toBe(`default-${node.metadata.name}`);
    expect(await docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', node.metadata.name)).toBe(stranger);
    await cluster.installation.untilReady(cluster.key);
  });

  test('puts in place of a node, on its volumes, is named as what is in the way, and the node starts when it is gone', async () => {
    const before = await cluster.container('worker');
    const node = await cluster.nodeOf(before);
    const [volume = ''] = before.Mounts.flatMap(({ Name, Destination }) =>
      Destination === '/var' ? (Name ?? []) : [],
    );
    const copy = `copy-of-${node.metadata.name}`;
    await cluster.installation.operator.kill();
    await docker('rm', '--force', before.Id);
    await cluster.stranger(copy, '--volume', `${volume}:/var`);
    await cluster.installation.operator.start();
    const held = await cluster.installation.untilCondition(() => cluster.nodeOf(before), {
      type: 'ContainerReady',
      reason: 'VolumeHeld',
    });
    expect(held.message).toContain(`is mounted by container ${copy}, which is not ours`);
    expect(await docker('inspect', '--format', '{{.State.Status}}', copy)).toBe('running');
    await docker('rm', '--force', copy);
    await cluster.untilBack(before, 'another');
    await cluster.installation.untilReady(cluster.key);
    await expectClaimKept();
  });
});
