import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../../../crds/cluster.ts';
import { findCondition } from '../../../controllers/runtime/condition.ts';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { clusterManifest, inDefault, nodeManifest } from '../../fixtures/operator/objects.ts';
import { RightsSeen, rightsOf, shippedRights, USERS_RIGHTS, BALANCING_RIGHTS } from '../../fixtures/operator/rights.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const KEY = inDefault('dev');

/** Granted for what no life of a cluster shows; each with the reason. */
const NEEDED_ELSEWHERE = [
  // Asked for by an admission plugin that is off by default.
  'update qbo.io/clusters/finalizers',
  'update qbo.io/nodes/finalizers',
  // Leader election: election.test.ts.
  'get coordination.k8s.io/leases',
  'create coordination.k8s.io/leases',
  'update coordination.k8s.io/leases',
  // A second event of the same kind within minutes, counted on the first.
  'patch events.k8s.io/events',
  // Who reads the metrics: metrics.test.ts.
  'create authentication.k8s.io/tokenreviews',
  'create authorization.k8s.io/subjectaccessreviews',
  // What is told of the engine: commands.test.ts in bridge/.
  'get core/configmaps',
  'create core/configmaps',
  'patch core/configmaps',
  // Users: operator.test.ts in users/.
  ...USERS_RIGHTS,
  // Pools, and load balancers that users declare: balancing.test.ts.
  ...BALANCING_RIGHTS,
];

describe('the operator on a real API server, with the rights that it is shipped with', () => {
  const rights = new RightsSeen();
  let installation: MemoryInstallation;

  beforeAll(async () => {
    installation = await MemoryInstallation.start();
    installation.run(rights.asSeen);
  });

  afterAll(async () => installation?.remove());

  const ready = (timeout = '30s'): Promise<string> =>
    installation.kubectl('wait', '--for=condition=Ready', 'cluster/dev', `--timeout=${timeout}`);

  const untilStatus = (nodes: string) =>
    eventually(
      `status.nodes is ${nodes}`,
      async () => {
        const now = await installation.kubectl('get', 'cluster/dev', '-o', 'jsonpath={.status.nodes}');
        if (now !== nodes) throw new Error(`it is ${now}`);
        return true;
      },
      { timeoutMs: 30_000 },
    );

  test('makes a cluster Ready, and says so in its columns', async () => {
    await installation.apply(clusterManifest('dev', {}));
    await ready();
    const cluster = await installation.kubectl('get', 'qc', 'dev', '--no-headers');
    expect(cluster.split(/\s+/).slice(0, 6)).toEqual(['dev', 'True', '3/3', 'Running', 'v1.35.4', '172.18.0.3']);
    const nodes = (await installation.kubectl('get', 'qn', '--no-headers')).trim().split('\n');
    expect(nodes.map((line) => line.split(/\s+/).slice(1, 7).join(' ')).sort()).toEqual([
      'True dev control-plane Running 172.18.0.3 v1.35.4',
      'True dev worker Running 172.18.0.4 v1.35.4',
      'True dev worker Running 172.18.0.5 v1.35.4',
    ]);
    const network = await installation.kubectl('get', 'qnet', 'dev', '--no-headers');
    expect(network.split(/\s+/).slice(0, 4)).toEqual(['dev', 'True', 'dev', '172.18.0.0/24']);
  });

  test('every condition has the generation that it is about', async () => {
    const cluster = await installation.kube.get(ClusterKind, KEY, signal);
    const generation = cluster?.metadata.generation;
    expect(cluster?.status?.observedGeneration).toBe(generation);
    expect(new Set(cluster?.status?.conditions?.map(({ observedGeneration }) => observedGeneration))).toEqual(
      new Set([generation]),
    );
  });

  test('tells people what it does, in events of the object', async () => {
    const events = await installation.kubectl(
      'events',
      '--for',
      'cluster.qbo.io/dev',
      '-o',
      'jsonpath={.items[*].reason}',
    );
    expect(events.split(' ')).toContain('NodeDeclared');
  });

  test('follows kubectl scale up and down', async () => {
    await installation.kubectl('scale', 'cluster/dev', '--replicas=4');
    await untilStatus('5/5');
    await ready();
    await installation.kubectl('scale', 'cluster/dev', '--replicas=1');
    await untilStatus('2/2');
    await ready();
    const containers = await installation.engine.containers().list({}, signal);
    expect(containers).toHaveLength(2);
  });

  test('takes in a Node that a user declares, and lets it go', async () => {
    await installation.apply(nodeManifest('spare', 'dev'));
    await installation.kubectl('wait', '--for=condition=Ready', 'qn/spare', '--timeout=30s');
    await untilStatus('3/3');
    await installation.kubectl('delete', 'qn/spare', '--timeout=30s');
    await untilStatus('2/2');
  });

  test('repairs a container that somebody removed, on its volumes and with its address', async () => {
    const engine = installation.engine.containers();
    const find = async () => (await engine.list({ 'qbo.io/role': 'worker' }, signal))[0];
    const before = await find();
    installation.engine.removeBehindOurBack(before?.name ?? '');
    const after = await eventually(
      'it is there again',
      async () => {
        const now = await find();
        return now?.state === 'running' && now;
      },
      { timeoutMs: 10_000 },
    );
    expect(after.id).not.toBe(before?.id);
    expect({ name: after.name, addresses: after.addresses }).toEqual({
      name: before?.name,
      addresses: before?.addresses,
    });
    await ready();
  });

  test('says which limit of the host is too low, and the command that mends it', async () => {
    installation.host.inotifyLimits = { maxUserInstances: 128, maxUserWatches: 1_048_576 };
    await installation.apply(clusterManifest('large', { workers: 20 }));
    const condition = await eventually(
      'the condition is there',
      async () => {
        const cluster = await installation.kube.get(ClusterKind, inDefault('large'), signal);
        const found = findCondition(cluster?.status?.conditions, 'Ready');
        return found?.reason === 'InotifyTooLow' && found;
      },
      { timeoutMs: 10_000 },
    );
    expect(condition.message).toMatch(/Run: sudo sysctl -w fs\.inotify\.max_user_instances=\d+/);
    expect(await installation.engine.containers().list({}, signal)).toHaveLength(2);
    await installation.kubectl('delete', 'cluster/large', '--timeout=30s');
    installation.host.inotifyLimits = { maxUserInstances: 8192, maxUserWatches: 1_048_576 };
  });

  test('deletes everything that it made', async () => {
    await installation.kubectl('delete', 'cluster/dev', '--timeout=60s');
    const engine = installation.engine.containers();
    expect(await engine.list({}, signal)).toEqual([]);
    expect(await engine.volumes.list({}, signal)).toEqual([]);
    expect((await engine.networks.list(signal)).filter(({ owner }) => owner !== undefined)).toEqual([]);
    expect(await installation.kubectl('get', 'qbo', '-o', 'name')).toBe('');
    expect(await installation.kube.get(SecretType, inDefault('dev-kubeconfig'), signal)).toBeUndefined();
  });

  test('was never refused anything, and has no right that it does not use', async () => {
    const granted = rightsOf(await shippedRights());
    expect(rights.refused).toEqual([]);
    expect([...granted].filter((right) => !rights.used.has(right) && !NEEDED_ELSEWHERE.includes(right))).toEqual([]);
  });
});
