import { expect, test } from '@jest/globals';
import { memoryWorkloadClusters } from './backends/memory/workload-clusters.ts';
import { MemoryDataplane } from './backends/memory/dataplane.ts';
import { MemoryEngine } from './backends/memory/engine.ts';
import { LeaseType, SecretType } from './kube/kinds.ts';
import { MemoryApiServer } from './kube/memory.ts';
import { onlyWhileLeading } from './leading.ts';
import { FakeClock } from './runtime/clock.ts';

const { signal } = new AbortController();
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'a', namespace: 'default' },
  type: 'Opaque',
} as const;
const KUBECONFIG = 'clusters: [{name: a, cluster: {server: "https://10.0.0.3:6443"}}]';

function set() {
  const clock = new FakeClock();
  const server = new MemoryApiServer({ clock, random: () => 0.5 });
  const engine = new MemoryEngine({ clock });
  let leads = true;
  const ways = onlyWhileLeading(
    {
      kube: server.client(),
      containers: engine.containers(),
      workloads: memoryWorkloadClusters(() => server.client()),
      dataplane: new MemoryDataplane({ clock }),
    },
    () => {
      if (!leads) throw new Error('not leading');
    },
  );
  return {
    ...ways,
    engine,
    lose: () => {
      leads = false;
    },
  };
}

test('who leads reads and writes', async () => {
  const { kube, containers, workloads } = set();
  await kube.create(SecretType, secret, signal);
  expect(await kube.get(SecretType, { namespace: 'default', name: 'a' }, signal)).toMatchObject(secret);
  const client = workloads.connect(KUBECONFIG);
  await client.delete(SecretType, { namespace: 'default', name: 'a' }, {}, signal);
  expect(await containers.networks.list(signal)).toEqual([]);
});

test('who leads no more still reads, and its writes to the API server are not sent', async () => {
  const { kube, lose } = set();
  await kube.create(SecretType, secret, signal);
  lose();
  const key = { namespace: 'default', name: 'a' };
  const writes = [
    () => kube.apply(SecretType, secret, { fieldManager: 'x' }, signal),
    () => kube.create(SecretType, { ...secret, metadata: { name: 'b', namespace: 'default' } }, signal),
    () => kube.update(SecretType, secret, signal),
    () => kube.mergePatch(SecretType, key, {}, signal),
    () => kube.delete(SecretType, key, {}, signal),
    () => kube.evict(key, signal),
  ];
  for (const write of writes) expect(write).toThrow('not leading');
  expect((await kube.list(SecretType, {}, signal)).items).toHaveLength(1);
  expect(await kube.get(LeaseType, { namespace: 'default', name: 'none' }, signal)).toBeUndefined();
});

test('nor does it touch the engine, or a cluster of ours', () => {
  const { containers, workloads, engine, lose } = set();
  const client = workloads.connect(KUBECONFIG);
  lose();
  expect(() => containers.start('a', signal)).toThrow('not leading');
  expect(() => containers.networks.remove('a', signal)).toThrow('not leading');
  expect(() => containers.volumes.remove('a', signal)).toThrow('not leading');
  expect(() => client.evict({ namespace: 'default', name: 'a' }, signal)).toThrow('not leading');
  expect(engine.calls).toEqual([]);
});

test('who leads no more changes no rules, and may still look at them', async () => {
  const { dataplane, lose } = set();
  const nothing = { addresses: [], services: [] };
  expect((await dataplane.apply(nothing, signal)).changed).toBe(0);
  lose();
  expect(() => dataplane.apply(nothing, signal)).toThrow('not leading');
  expect((await dataplane.read(signal)).services).toEqual([]);
});
