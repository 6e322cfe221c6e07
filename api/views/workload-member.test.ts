import { expect, test } from '@jest/globals';
import { kubeconfigSecret, type Cluster } from '../../crds/cluster.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { PodType, SecretType, type Pod } from '../../controllers/kube/kinds.ts';
import { MemoryApiServer } from '../../controllers/kube/memory.ts';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { ownersOf } from '../rows/owner.ts';
import { LiveTable } from './live-table.ts';
import { Selection } from './selection.ts';
import { WorkloadMember } from './workload-member.ts';
import { Workloads } from './workloads.ts';

const { signal } = new AbortController();

const dev = {
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'dev', namespace: 'default', uid: 'u1', resourceVersion: '1', creationTimestamp: '' },
  spec: {},
} as unknown as Stored<Cluster>;

const pod = (name: string): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' } });

const secret = (text: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: kubeconfigSecret('dev'), namespace: 'default' },
  data: { value: Buffer.from(text).toString('base64') },
});

/** A cluster with a pod, and the Secret of it; `refused` are kubeconfigs that it knows no more. */
async function begin() {
  const clock = new FakeClock();
  const management = new MemoryApiServer({ clock });
  const inside = new MemoryApiServer({ clock });
  const refused = new Set<string>();
  inside.onRequest = (_, __, ___, user) =>
    refused.has(user) ? new KubeApiError(401, 'Unauthorized', 'Unauthorized') : undefined;
  await inside.client().create(PodType, pod('a'), signal);
  const log = silentLogger;
  const workloads = new Workloads({ connect: (kubeconfig) => inside.client(kubeconfig), clock, log });
  const table = new LiveTable(['pods']);
  const member = new WorkloadMember({
    cluster: dev,
    nodeState: () => '',
    workloads,
    kube: management.client(),
    table,
    selection: new Selection([], 'default'),
    owners: ownersOf([]),
    log,
    signal,
  });
  const names = (): unknown[] =>
    table
      .snapshot()
      .flatMap((payload) => (payload as unknown as { pods: { name: string }[] }).pods.map(({ name }) => name));
  return { clock, management, inside, refused, workloads, member, names };
}

test('a cluster without a kubeconfig is joined when it has one', async () => {
  const { clock, management, member, names } = await begin();
  await clock.advance(100);
  expect(member.isJoined).toBe(false);
  await management.client().create(SecretType, secret('one'), signal);
  member.retry();
  await clock.advance(100);
  expect(names()).toEqual(['a']);
});

test('a kubeconfig that is renewed takes the place of one that is refused', async () => {
  const { clock, management, inside, refused, member, names } = await begin();
  await management.client().create(SecretType, secret('one'), signal);
  member.retry();
  await clock.advance(100);
  refused.add('one');
  inside.dropWatches();
  await clock.advance(5_000);
  await inside.client().create(PodType, pod('b'), signal);
  await management
    .client()
    .mergePatch(SecretType, { namespace: 'default', name: 'dev-kubeconfig' }, secret('two'), signal);
  member.retry();
  await clock.advance(1_000);
  expect(names()).toEqual(['a', 'b']);
});

test('a kubeconfig that serves is not read again', async () => {
  const { clock, management, member } = await begin();
  await management.client().create(SecretType, secret('one'), signal);
  member.retry();
  await clock.advance(100);
  management.forgetRequests();
  for (let i = 0; i < 10; i++) {
    member.retry();
    await clock.advance(3_000);
  }
  expect(management.requests()).toEqual({});
});

test('whoever leaves takes their rows along, and nothing is open a while later', async () => {
  const { clock, management, workloads, member, names } = await begin();
  await management.client().create(SecretType, secret('one'), signal);
  member.retry();
  await clock.advance(100);
  member.leave();
  expect(names()).toEqual([]);
  await clock.advance(60_000);
  expect(workloads.size).toBe(0);
});

test('whoever leaves while the kubeconfig is being read joins no more', async () => {
  const { clock, management, workloads, member } = await begin();
  await management.client().create(SecretType, secret('one'), signal);
  member.retry();
  member.leave();
  await clock.advance(100);
  expect(member.isJoined).toBe(false);
  expect(workloads.size).toBe(0);
});

test('a Secret that may not be read is asked for again, but seldom', async () => {
  const { clock, management, member } = await begin();
  await management.client().create(SecretType, secret('one'), signal);
  management.onRequest = () => new KubeApiError(403, 'Forbidden', 'secrets is forbidden');
  const looks = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      member.retry();
      await clock.advance(3_000);
    }
  };
  await looks(1);
  management.forgetRequests();
  await looks(30);
  expect(management.requests()['get Secret']).toBeLessThan(4);
  management.onRequest = undefined;
  await looks(11);
  expect(member.isJoined).toBe(true);
});
