import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import type { Cluster } from '../../../crds/cluster.ts';
import { ClusterKind } from '../../../crds/cluster.ts';
import { API_VERSION } from '../../../crds/names.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { NodeKind } from '../../../crds/node.ts';
import type { Kubectl } from '../../fixtures/operator/kubectl.ts';
import { cells, rows, startSession } from './session.ts';
import type { Session } from './session.ts';

const DEV = { namespace: 'default', name: 'dev' };
const { signal } = new AbortController();

let session: Session;
let client: KubeClient;
let kubectl: Kubectl;

beforeAll(async () => {
  session = await startSession();
  ({ client, kubectl } = session);
}, 120_000);

afterAll(() => session.stop());

afterEach(async () => {
  await kubectl('delete', 'qbo', '--all', '--wait=false');
});

const createDev = (): Promise<Cluster> =>
  client.create(ClusterKind, { apiVersion: API_VERSION, kind: 'Cluster', metadata: DEV, spec: {} } as Cluster, signal);

const dev = async (): Promise<Cluster> => {
  const found = await client.get(ClusterKind, DEV, signal);
  if (found === undefined) throw new Error('Cluster dev is gone');
  return found;
};

const applyStatus = (status: NonNullable<Cluster['status']>, fieldManager = 'qbo-cluster'): Promise<Cluster> =>
  client.apply(
    ClusterKind,
    { apiVersion: API_VERSION, kind: 'Cluster', metadata: DEV, status },
    { fieldManager, subresource: 'status' },
    signal,
  );

const says = (
  type: string,
  status: 'True' | 'False',
  message = '',
): NonNullable<NonNullable<Cluster['status']>['conditions']>[0] => ({
  type,
  status,
  reason: status === 'True' ? 'Ready' : 'Waiting',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

describe('the definitions', () => {
  test('are accepted without a complaint about their schemas', async () => {
    const { items } = JSON.parse(await kubectl('get', 'crd', '-o', 'json')) as {
      items: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[];
    };
    const conditions = Object.fromEntries(
      items.map(({ metadata, status }) => [
        metadata.name,
        status.conditions.map(({ type, status: is }) => `${type}=${is}`).sort(),
      ]),
    );
    const good = ['Established=True', 'NamesAccepted=True'];
    expect(conditions).toEqual({
      'addresspools.qbo.io': good,
      'clusters.qbo.io': good,
      'loadbalancers.qbo.io': good,
      'networks.qbo.io': good,
      'nodes.qbo.io': good,
      'users.qbo.io': good,
    });
  });

  test('explain a field', async () => {
    expect(await kubectl('explain', 'cluster.spec.networking.subnet')).toContain('IPv4 /24 of the nodes.');
  });
});

describe('kubectl get', () => {
  test('shows what a person wants to know of a cluster', async () => {
    await createDev();
    await applyStatus({
      conditions: [says('Ready', 'False', 'NodesReady: node-1 is joining')],
      nodes: '2/3',
      version: 'v1.35.4',
      power: 'Running',
      address: '172.18.0.3',
      image: 'kindest/node:v1.35.4',
      endpoint: 'https://172.18.0.3:6443',
    });

    const [header, row] = rows(await kubectl('get', 'clusters'));
    expect(cells(header)).toEqual(['NAME', 'READY', 'NODES', 'POWER', 'VERSION', 'ADDRESS', 'AGE']);
    expect(cells(row).slice(0, 6)).toEqual(['dev', 'False', '2/3', 'Running', 'v1.35.4', '172.18.0.3']);

    const [wideHeader, wideRow] = rows(await kubectl('get', 'clusters', '-o', 'wide'));
    expect(cells(wideHeader)).toEqual([
      'NAME',
      'READY',
      'NODES',
      'POWER',
      'VERSION',
      'ADDRESS',
      'IMAGE',
      'WORKERS',
      'ENDPOINT',
      'STATUS',
      'AGE',
    ]);
    expect(cells(wideRow).slice(6, 10)).toEqual([
      'kindest/node:v1.35.4',
      '2',
      'https://172.18.0.3:6443',
      'NodesReady: node-1 is joining',
    ]);
  });

  test('shows the columns of nodes and networks', async () => {
    await client.create(
      NodeKind,
      {
        apiVersion: API_VERSION,
        kind: 'Node',
        metadata: { ...DEV, name: 'node-1' },
        spec: { cluster: 'dev', role: 'worker', power: 'Running', remediation: { mode: 'Enabled' } },
      },
      signal,
    );
    await client.create(
      NetworkKind,
      { apiVersion: API_VERSION, kind: 'Network', metadata: DEV, spec: { cluster: 'dev' } },
      signal,
    );
    expect(cells(rows(await kubectl('get', 'qn'))[0])).toEqual([
      'NAME',
      'READY',
      'CLUSTER',
      'ROLE',
      'POWER',
      'ADDRESS',
      'VERSION',
      'AGE',
    ]);
    expect(cells(rows(await kubectl('get', 'qn', '-o', 'wide'))[0])).toEqual([
      'NAME',
      'READY',
      'CLUSTER',
      'ROLE',
      'POWER',
      'ADDRESS',
      'VERSION',
      'CONTAINER',
      'IMAGE',
      'CPU',
      'MEMORY',
      'STATUS',
      'AGE',
    ]);
    expect(cells(rows(await kubectl('get', 'qnet'))[0])).toEqual(['NAME', 'READY', 'CLUSTER', 'SUBNET', 'AGE']);
  });

  test('knows the short names, and all kinds together as qbo', async () => {
    await createDev();
    expect((await kubectl('get', 'qc', '-o', 'name')).trim()).toBe('cluster.qbo.io/dev');
    expect((await kubectl('get', 'qbo', '-o', 'name')).trim()).toBe('cluster.qbo.io/dev');
  });
});

describe('kubectl scale', () => {
  test('changes the number of workers', async () => {
    await createDev();
    await kubectl('scale', 'cluster', 'dev', '--replicas=4');
    expect((await dev()).spec.workers).toBe(4);
  });

  test('sees the workers that are there, and how to select them', async () => {
    await createDev();
    await applyStatus({ workers: 2, selector: 'qbo.io/cluster=dev,qbo.io/role=worker' });
    const scale = await kubectl('get', '--raw', '/apis/qbo.io/v1alpha1/namespaces/default/clusters/dev/scale');
    expect(JSON.parse(scale)).toMatchObject({
      spec: { replicas: 2 },
      status: { replicas: 2, selector: 'qbo.io/cluster=dev,qbo.io/role=worker' },
    });
  });

  test('can not ask for more than a cluster may have', async () => {
    await createDev();
    await expect(kubectl('scale', 'cluster', 'dev', '--replicas=101')).rejects.toThrow('less than or equal to 100');
    expect((await dev()).spec.workers).toBe(2);
  });
});

test('kubectl wait ends when the cluster is Ready', async () => {
  await createDev();
  await applyStatus({ observedGeneration: 1, conditions: [says('Ready', 'False')] });
  const waiting = kubectl('wait', '--for=condition=Ready', 'cluster/dev', '--timeout=30s');
  await applyStatus({ observedGeneration: 1, conditions: [says('Ready', 'True')] });
  expect(await waiting).toContain('condition met');
});

describe('status', () => {
  test('is not written with the spec', async () => {
    await createDev();
    await client.mergePatch(ClusterKind, DEV, { spec: { workers: 1 }, status: { nodes: '9/9' } }, signal);
    expect(await dev()).toMatchObject({ spec: { workers: 1 } });
    // What an object says that nobody has looked at yet.
    expect((await dev()).status).toEqual({ observedGeneration: -1 });
  });

  test('is written without the spec, and does not count as a new generation', async () => {
    await createDev();
    await client.apply(
      ClusterKind,
      { apiVersion: API_VERSION, kind: 'Cluster', metadata: DEV, spec: { workers: 7 }, status: { nodes: '3/3' } },
      { fieldManager: 'qbo-cluster', subresource: 'status' },
      signal,
    );
    expect(await dev()).toMatchObject({ spec: { workers: 2 }, status: { nodes: '3/3' }, metadata: { generation: 1 } });
  });

  test('keeps the conditions of two writers apart', async () => {
    await createDev();
    await applyStatus({ conditions: [says('Ready', 'True')] }, 'one');
    await applyStatus({ conditions: [says('Paused', 'True')] }, 'two');
    expect((await dev()).status?.conditions?.map(({ type }) => type).sort()).toEqual(['Paused', 'Ready']);

    await applyStatus({ conditions: [] }, 'two');
    expect((await dev()).status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });
});

describe('a field that nobody knows', () => {
  test('is refused when a person applies it', async () => {
    const manifest = { apiVersion: API_VERSION, kind: 'Cluster', metadata: DEV, spec: { colour: 'red' } };
    await expect(session.apply(manifest)).rejects.toThrow('unknown field "spec.colour"');
    expect(await client.get(ClusterKind, DEV, signal)).toBeUndefined();
  });

  test('is dropped when a program writes it', async () => {
    await createDev();
    await client.mergePatch(ClusterKind, DEV, { spec: { colour: 'red' } }, signal);
    expect((await dev()).spec).not.toHaveProperty('colour');
  });
});
