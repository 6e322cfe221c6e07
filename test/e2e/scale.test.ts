import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubeNodeType, PodType } from '../../controllers/kube/kinds.ts';
import { Bystanders } from '../fixtures/operator/bystanders.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import { GONE_MS, Installation, READY_MS } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault, nodeManifest } from '../fixtures/operator/objects.ts';
import { deploymentManifest } from '../fixtures/operator/pods.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(300_000);

const KEY = inDefault('band');
const signal = AbortSignal.timeout(30 * 60_000);

describe('the workers of a cluster', () => {
  let installation: Installation;
  let bystanders: Bystanders;
  let workload: Workload;

  beforeAll(async () => {
    installation = await Installation.start();
    bystanders = new Bystanders(installation.instance);
    await installation.apply(clusterManifest('band', { image: installation.image, workers: 2 }));
    await installation.untilReady(KEY);
    workload = await installation.workload(KEY);
  });

  afterAll(async () => installation?.remove());

  const scaleTo = (workers: number): Promise<string> =>
    installation.kubectl('scale', 'cluster/band', `--replicas=${String(workers)}`);

  /** The names of its nodes as the cluster itself, Docker and the API have them. */
  const nodesEverywhere = async () => {
    const inside = await workload.client.list(KubeNodeType, {}, signal);
    const containers = await containersOf(installation.instance);
    const declared = await installation.nodesOf(KEY);
    return {
      inside: inside.items.map(({ metadata }) => metadata.name).sort(),
      containers: containers.map(({ Config }) => Config.Hostname).sort(),
      declared: declared.map(({ status }) => status?.hostname ?? '').sort(),
    };
  };

  const podsOn = async (): Promise<(string | undefined)[]> => {
    const { items } = await workload.client.list(PodType, { namespace: 'default' }, signal);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ spec }) => spec?.nodeName);
  };

  test('become more by kubectl scale', async () => {
    await scaleTo(3);
    await installation.untilReady(KEY);
    const { inside, containers, declared } = await nodesEverywhere();
    expect(inside).toHaveLength(4);
    expect(containers).toEqual(inside);
    expect(declared).toEqual(inside);
    expect(await installation.kubectl('get', 'cluster/band', '-o', 'jsonpath={.status.nodes}')).toBe('4/4');
  });

  test('become fewer by kubectl scale: pods move, and node, container and volumes are gone', async () => {
    await workload.apply(deploymentManifest('web', 6));
    await workload.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
    expect(new Set(await podsOn()).size).toBe(3);

    await scaleTo(1);
    await installation.untilReady(KEY);
    await workload.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');

    const { inside, containers, declared } = await nodesEverywhere();
    expect(inside).toHaveLength(2);
    expect(containers).toEqual(inside);
    expect(declared).toEqual(inside);
    expect((await installation.residue()).filter((line) => line.startsWith('volume'))).toHaveLength(6);
    const [worker] = await installation.nodesOf(KEY, 'worker');
    expect(new Set(await podsOn())).toEqual(new Set([worker?.status?.hostname]));
  });

  test('a Node that a user declares joins, beside a stranger who has its name already', async () => {
    await bystanders.container('spare', installation.image);
    await installation.apply(nodeManifest('spare', 'band'));
    await installation.kubectl('wait', '--for=condition=Ready', 'qn/spare', `--timeout=${String(READY_MS / 1000)}s`);
    const { inside } = await nodesEverywhere();
    expect(inside).toHaveLength(3);
    expect(inside).toContain('spare.localhost');
    const containers = (await containersOf(installation.instance)).map(nameOf);
    expect(containers).toContain('default-spare');
    expect(containers).not.toContain('spare');
  });

  test('a Node that a user declared leaves when it is deleted', async () => {
    await installation.kubectl('delete', 'qn/spare', `--timeout=${String(GONE_MS / 1000)}s`);
    const { inside, containers } = await nodesEverywhere();
    expect(inside).toHaveLength(2);
    expect(containers).toEqual(inside);
    expect(await bystanders.changed()).toEqual([]);
  });

  test('one of its own that is deleted is replaced by another', async () => {
    const [before] = await installation.nodesOf(KEY, 'worker');
    await installation.kubectl('delete', 'qn', before?.metadata.name ?? '', `--timeout=${String(GONE_MS / 1000)}s`);
    const after = await installation.until('another Node is there', async () =>
      (await installation.nodesOf(KEY, 'worker')).find(({ metadata }) => metadata.uid !== before?.metadata.uid),
    );
    await installation.untilReady(KEY);
    const containers = await containersOf(installation.instance, { 'qbo.io/role': 'worker' });
    expect(containers.map(({ Config }) => Config.Labels['qbo.io/id'])).toEqual([after.metadata.uid]);
    await workload.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
  });

  test('the only control plane is not deleted, and says why', async () => {
    const [control] = await installation.nodesOf(KEY, 'control-plane');
    const name = control?.metadata.name ?? '';
    await installation.kubectl('delete', 'qn', name, '--wait=false');
    const refusal = { type: 'Stalled', status: 'True', reason: 'LastControlPlane' } as const;
    const stalled = await installation.untilCondition(() => installation.node(inDefault(name)), refusal);
    expect(stalled.message).toContain('kubectl delete cluster band');
    await installation.untilCondition(() => installation.cluster(KEY), refusal);
    await workload.kubectl('get', '--raw', '/readyz');
    expect((await nodesEverywhere()).inside).toHaveLength(2);
  });

  test('all go with their cluster, whatever was asked of its control plane before', async () => {
    await installation.kubectl('delete', 'cluster/band', `--timeout=${String(GONE_MS / 1000)}s`);
    expect(await installation.residue()).toEqual([]);
    expect(await bystanders.changed()).toEqual([]);
  });
});
