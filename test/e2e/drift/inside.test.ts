import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import { execIn, nameOf } from '../../fixtures/operator/containers.ts';
import { HarmedCluster } from '../../fixtures/operator/harmed-cluster.ts';
import { HTTP_PORT, awaitPods, podManifest, whoAnswers } from '../../fixtures/operator/pods.ts';

jest.setTimeout(400_000);

const SECRET = { namespace: 'default', name: 'inner-kubeconfig' };

describe('what somebody harms inside a cluster, and of its objects,', () => {
  let cluster: HarmedCluster;

  beforeAll(async () => {
    cluster = await HarmedCluster.begin('inner', 2);
    const [one, two] = await cluster.installation.nodesOf(cluster.key, 'worker');
    await cluster.workload.apply(podManifest('here', { node: one?.status?.hostname ?? '' }));
    await cluster.workload.apply(podManifest('there', { node: two?.status?.hostname ?? '' }));
    await awaitPods(cluster.workload, 'here', 'there');
  });

  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  const isActive = async (container: string, unit: string): Promise<boolean> =>
    (await execIn(container, 'sh', '-c', `systemctl is-active ${unit} || true`)).trim() === 'active';

  test.each(['kubelet', 'containerd'])('a %s that was stopped runs again, and people are told', async (unit) => {
    const container = await cluster.container('worker');
    await execIn(nameOf(container), 'systemctl', 'stop', unit);
    await cluster.until(`${unit} runs`, () => isActive(nameOf(container), unit));
    const { name } = (await cluster.nodeOf(container)).metadata;
    await cluster.untilTold(name, 'ServiceRestarted', `${unit} did not run in container ${nameOf(container)}`);
    await cluster.expectTakesPods(container, `after-${unit}`);
  });

  test.each(['worker', 'control-plane'] as const)(
    'the Kubernetes node of a %s that was deleted is registered again, for what it is, and its pods are reached',
    async (role) => {
      const { kubectl } = cluster.workload;
      const { status } = await cluster.nodeOf(await cluster.container(role));
      const name = status?.hostname ?? '';
      const what = 'jsonpath={.spec.podCIDR} {.spec.taints[*].key} {.metadata.labels}';
      const before = await cluster.until('nothing else is the matter with it', async () => {
        const now = await kubectl('get', 'node', name, '-o', what);
        return !now.includes('node.kubernetes.io/not-ready') && now;
      });
      const uid = await kubectl('get', 'node', name, '-o', 'jsonpath={.metadata.uid}');
      await kubectl('delete', 'node', name);
      await cluster.until('it is registered again, as it was', async () => {
        const now = await kubectl('get', 'node', name, '-o', 'jsonpath={.metadata.uid}');
        return now !== uid && (await kubectl('get', 'node', name, '-o', what)) === before;
      });
      await kubectl('wait', '--for=condition=Ready', 'node', name, '--timeout=60s');
      // A kubelet that refuses its static pods ends them after their time of grace, half a minute.
      const refused = await kubectl('get', 'pods', '-A', '--field-selector=status.phase=Failed', '--output=name');
      expect(refused).toBe('');
      await cluster.installation.untilReady(cluster.key);
      const answer = await cluster.until('a pod reaches one on another node', async () => {
        const address = await kubectl('get', 'pod', 'there', '-o', 'jsonpath={.status.podIP}');
        return whoAnswers(cluster.workload, 'here', address, HTTP_PORT);
      });
      expect(answer).toBe('there');
    },
  );

  test('add-ons that were deleted are applied again', async () => {
    const { kubectl } = cluster.workload;
    await kubectl('delete', 'daemonset', 'kindnet', '--namespace=kube-system');
    await kubectl('delete', 'storageclass', 'standard');
    await cluster.until('they are there', async () => {
      await kubectl('get', 'daemonset', 'kindnet', '--namespace=kube-system');
      return (await kubectl('get', 'storageclass', 'standard', '--output=name')) !== '';
    });
    expect(await cluster.untilTold('inner', 'AddonsRestored')).toContain('had been deleted in the cluster');
    await cluster.installation.untilReady(cluster.key);
  });

  const secret = async () => {
    const { data, metadata } =
      (await cluster.installation.kube.get(SecretType, SECRET, AbortSignal.timeout(30_000))) ?? {};
    return { data, labels: metadata?.labels, owners: metadata?.ownerReferences };
  };

  test.each([
    ['deleted', ['delete', 'secret', SECRET.name]],
    ['edited', ['patch', 'secret', SECRET.name, '--type=merge', '-p', '{"data":{"value":"bm8="}}']],
    [
      'stripped',
      ['patch', 'secret', SECRET.name, '--type=merge', '-p', '{"metadata":{"labels":null,"ownerReferences":null}}'],
    ],
  ])('a kubeconfig Secret that was %s is what it was', async (_, command) => {
    const before = await secret();
    await cluster.installation.kubectl(...command);
    await cluster.until('it is as before', async () => JSON.stringify(await secret()) === JSON.stringify(before));
  });

  test('Nodes and a Network whose labels, owner and finalizers were taken get them back, and no other Node is made', async () => {
    const { installation } = cluster;
    const [worker] = await installation.nodesOf(cluster.key, 'worker');
    const objects = [`nodes.qbo.io/${worker?.metadata.name ?? ''}`, 'networks.qbo.io/inner'];
    const ties = async (): Promise<string> =>
      installation.kubectl(
        'get',
        ...objects,
        '-o',
        'jsonpath={range .items[*]}{.metadata.labels}{.metadata.ownerReferences}{.metadata.finalizers}{end}',
      );
    const before = {
      ties: await ties(),
      nodes: (await installation.nodesOf(cluster.key)).map(({ metadata }) => metadata.uid),
    };
    const patch = '{"metadata":{"labels":null,"ownerReferences":null,"finalizers":null}}';
    for (const object of objects) await installation.kubectl('patch', object, '--type=merge', '-p', patch);
    await cluster.until('they are whole again', async () => (await ties()) === before.ties);
    await installation.untilReady(cluster.key);
    expect((await installation.nodesOf(cluster.key)).map(({ metadata }) => metadata.uid)).toEqual(before.nodes);
  });
});
