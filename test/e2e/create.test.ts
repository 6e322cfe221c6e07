import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubeNodeType, PodType } from '../../controllers/kube/kinds.ts';
import type { Pod } from '../../controllers/kube/kinds.ts';
import { run } from '../../hack/console/run.ts';
import { ensureKind } from '../../hack/node-image/go-binaries.ts';
import { Bystanders } from '../fixtures/operator/bystanders.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import { GONE_MS, Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import {
  awaitPods,
  claimManifest,
  execInPod,
  HTTP_PORT,
  podManifest,
  serviceManifest,
  whoAnswers,
} from '../fixtures/operator/pods.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(300_000);

const KEY = inDefault('trio');
const signal = AbortSignal.timeout(30 * 60_000);

describe('a cluster of one control plane and two workers', () => {
  let installation: Installation;
  let bystanders: Bystanders;
  let workload: Workload;

  beforeAll(async () => {
    installation = await Installation.start();
    bystanders = new Bystanders(installation.instance);
    // The very name that the cluster's network would have.
    await bystanders.network(`${installation.instance}-trio`, '10.231.7.0/24');
    await installation.apply(clusterManifest('trio', { image: installation.image, workers: 2 }));
  });

  afterAll(async () => installation?.remove());

  test('is waited for with kubectl, and everything says that it is Ready', async () => {
    await installation.untilReady(KEY);
    await installation.kubectl('wait', '--for=condition=Ready', 'cluster/trio', '--timeout=10s');
    const row = (await installation.kubectl('get', 'clusters', 'trio', '--no-headers')).split(/\s+/);
    expect(row.slice(0, 5)).toEqual(['trio', 'True', '3/3', 'Running', expect.stringMatching(/^v1\.\d+\.\d+/)]);
    workload = await installation.workload(KEY);
  });

  test('its kubeconfig works from the host as it is, and shows three nodes that are Ready', async () => {
    await workload.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=10s');
    const { items } = await workload.client.list(KubeNodeType, {}, signal);
    const declared = await installation.nodesOf(KEY);
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(
      declared.map(({ status }) => status?.hostname).sort(),
    );
  });

  test('each node is one container, whose host name is the name of the node in the domain', async () => {
    const containers = await containersOf(installation.instance);
    const nodes = await installation.nodesOf(KEY);
    expect(containers.map(nameOf).sort()).toEqual(nodes.map(({ metadata }) => metadata.name).sort());
    for (const { metadata, status } of nodes) {
      const container = containers.find((one) => nameOf(one) === metadata.name);
      expect(container?.Config.Hostname).toBe(`${metadata.name}.localhost`);
      expect(status?.hostname).toBe(`${metadata.name}.localhost`);
    }
  });

  test('the control plane has the address .3 and the workers follow, in Docker as in the API', async () => {
    const network = await installation.network(KEY);
    const prefix = network?.status?.subnet?.replace(/0\/24$/, '') ?? 'no subnet';
    const containers = await containersOf(installation.instance);
    const addressesOf = (role: string): string[] =>
      containers
        .filter(({ Config }) => Config.Labels['qbo.io/role'] === role)
        .flatMap(({ NetworkSettings }) => Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress));
    expect(addressesOf('control-plane')).toEqual([`${prefix}3`]);
    expect(addressesOf('worker').sort()).toEqual([`${prefix}4`, `${prefix}5`]);
    expect(network?.status?.addresses?.map(({ address }) => address).sort()).toEqual(
      [3, 4, 5].map((n) => `${prefix}${String(n)}`),
    );
  });

  test("kind's command line lists it and its nodes", async () => {
    const kind = await ensureKind();
    const nodes = await installation.nodesOf(KEY);
    expect((await run([kind, 'get', 'clusters'])).stdout.split('\n')).toContain('trio');
    expect((await run([kind, 'get', 'nodes', '--name', 'trio'])).stdout.trim().split('\n').sort()).toEqual(
      nodes.map(({ metadata }) => metadata.name).sort(),
    );
  });

  test('pods on every node reach each other, by address and through a Service', async () => {
    const hostnamesOf = async (role: 'control-plane' | 'worker'): Promise<string[]> =>
      (await installation.nodesOf(KEY, role)).map(({ status }) => status?.hostname ?? '');
    const [control = ''] = await hostnamesOf('control-plane');
    const [first = '', second = ''] = await hostnamesOf('worker');
    await workload.apply(
      podManifest('zero', { node: control }),
      podManifest('one', { node: first }),
      podManifest('two', { node: second, labels: { app: 'two' } }),
      serviceManifest('two', { app: 'two' }),
    );
    await awaitPods(workload, 'zero', 'one', 'two');
    const two = await workload.client.get(PodType, inDefault('two'), signal);
    expect(two?.spec?.nodeName).toBe(second);
    for (const pod of ['zero', 'one']) {
      expect(await whoAnswers(workload, pod, two?.status?.podIP ?? '', HTTP_PORT)).toBe('two');
    }
    const zero = await workload.client.get(PodType, inDefault('zero'), signal);
    expect(await whoAnswers(workload, 'two', zero?.status?.podIP ?? '', HTTP_PORT)).toBe('zero');
    const byName = await installation.until('the Service answers', () => whoAnswers(workload, 'one', 'two', 80));
    expect(byName).toBe('two');
  });

  test('DNS knows the API server and Services by their names, and says no to others', async () => {
    expect(await execInPod(workload, 'one', 'nslookup', 'kubernetes.default.svc.cluster.local')).toContain('10.96.0.1');
    const service = await workload.kubectl('get', 'service', 'two', '-o', 'jsonpath={.spec.clusterIP}');
    expect(await execInPod(workload, 'two', 'nslookup', 'two.default.svc.cluster.local')).toContain(service);
    await expect(execInPod(workload, 'one', 'nslookup', 'no-such.default.svc.cluster.local')).rejects.toThrow(
      /NXDOMAIN|can't find/,
    );
  });

  test('a volume claim is bound, and its data survive the pod', async () => {
    await workload.apply(claimManifest('data'), podManifest('writer', { claim: 'data' }));
    await awaitPods(workload, 'writer');
    await execInPod(workload, 'writer', 'sh', '-c', 'echo kept >/data/file');
    await workload.kubectl('delete', 'pod', 'writer');
    await workload.apply(podManifest('reader', { claim: 'data' }));
    await awaitPods(workload, 'reader');
    expect(await execInPod(workload, 'reader', 'cat', '/data/file')).toBe('kept');
    expect(await workload.kubectl('get', 'pvc', 'data', '-o', 'jsonpath={.status.phase}')).toBe('Bound');
  });

  test('a claim that is deleted takes its volume with it', async () => {
    await workload.kubectl('delete', 'pod/reader', 'pvc/data', '--timeout=60s');
    await installation.until(
      'no volume is left',
      async () => (await workload.kubectl('get', 'pv', '-o', 'name')).trim() === '',
    );
  });

  test('every component inside runs and is ready, and none had to be started again', async () => {
    const { items } = await workload.client.list(PodType, {}, signal);
    const system = items.filter(({ metadata }) => metadata.namespace !== 'default');
    expect(system.length).toBeGreaterThan(8);
    expect(system.flatMap(troubles)).toEqual([]);
  });

  test('is deleted without a trace, and what belongs to others is as it was', async () => {
    await installation.kubectl('delete', 'cluster', 'trio', `--timeout=${String(GONE_MS / 1000)}s`);
    expect(await installation.residue()).toEqual([]);
    expect(await installation.kubectl('get', 'qn,qnet,secrets', '-o', 'name')).toBe('');
    expect(await bystanders.changed()).toEqual([]);
  });
});

function troubles({ metadata, status }: Pod): string[] {
  const name = `${metadata.namespace ?? ''}/${metadata.name}`;
  const containers = (status?.containerStatuses ?? []).filter(({ ready, restartCount }) => !ready || restartCount > 0);
  return [
    ...(status?.phase === 'Running' ? [] : [`${name} is ${status?.phase ?? 'nowhere'}`]),
    ...containers.map(({ ready, restartCount }) => `${name}: ready ${String(ready)}, restarts ${String(restartCount)}`),
  ];
}
