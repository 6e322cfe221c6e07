import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubeNodeType, PodType } from '../../controllers/kube/kinds.ts';
import { run } from '../../hack/console/run.ts';
import { ensureKind } from '../../hack/node-image/go-binaries.ts';
import { GONE_MS, Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { awaitPods, podManifest } from '../fixtures/operator/pods.ts';

jest.setTimeout(300_000);

const HERE = inDefault('solo');
const THERE = { namespace: 'elsewhere', name: 'solo' };
const signal = AbortSignal.timeout(30 * 60_000);

describe('two clusters of one name in two namespaces, without workers', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await Installation.start();
    await installation.kubectl('create', 'namespace', THERE.namespace);
    await installation.apply(
      clusterManifest('solo', { image: installation.image, workers: 0 }),
      clusterManifest('solo', { image: installation.image, workers: 0 }, THERE.namespace),
    );
  });

  afterAll(async () => installation?.remove());

  test('both become Ready, each with a network of its own', async () => {
    await Promise.all([installation.untilReady(HERE), installation.untilReady(THERE)]);
    const [here, there] = await Promise.all([installation.network(HERE), installation.network(THERE)]);
    expect(here?.status?.subnet).toMatch(/\.0\/24$/);
    expect(there?.status?.subnet).toMatch(/\.0\/24$/);
    expect(here?.status?.subnet).not.toBe(there?.status?.subnet);
    expect(here?.status?.dockerNetwork).not.toBe(there?.status?.dockerNetwork);
  });

  test.each([HERE, THERE])('the control plane of $namespace/$name takes pods', async (key) => {
    const workload = await installation.workload(key);
    await workload.apply(podManifest('guest'));
    await awaitPods(workload, 'guest');
    const [node] = (await workload.client.list(KubeNodeType, {}, signal)).items;
    const guest = await workload.client.get(PodType, inDefault('guest'), signal);
    expect(guest?.spec?.nodeName).toBe(node?.metadata.name);
    expect(node?.spec?.taints ?? []).toEqual([]);
  });

  test("kind's command line knows them apart: one of the two by its namespace too", async () => {
    const [here, there] = await Promise.all([installation.cluster(HERE), installation.cluster(THERE)]);
    const names = [here?.status?.kindName, there?.status?.kindName];
    expect([
      ['solo', 'elsewhere-solo'],
      ['default-solo', 'solo'],
    ]).toContainEqual(names);
    const listed = (await run([await ensureKind(), 'get', 'clusters'])).stdout.split('\n');
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  test('deleting one leaves the other alone', async () => {
    await installation.kubectl('delete', 'cluster/solo', `--timeout=${String(GONE_MS / 1000)}s`);
    await installation.untilReady(THERE);
    const workload = await installation.workload(THERE);
    await workload.kubectl('get', 'pod/guest');
    expect((await installation.residue()).filter((line) => line.startsWith('container'))).toHaveLength(1);
    await installation.kubectl('delete', 'cluster/solo', '-n', THERE.namespace, `--timeout=${String(GONE_MS / 1000)}s`);
    expect(await installation.residue()).toEqual([]);
  });
});
