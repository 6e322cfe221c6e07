import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import type { ContainerView } from '../../fixtures/operator/containers.ts';
import { EngineProxy } from '../../fixtures/operator/engine-proxy.ts';
import { restartEngine } from '../../fixtures/operator/engine-restart.ts';
import { HarmedCluster, docker, volumesOf } from '../../fixtures/operator/harmed-cluster.ts';

jest.setTimeout(400_000);

const SECRET = { namespace: 'default', name: 'weather-kubeconfig' };

describe('a cluster whose', () => {
  let cluster: HarmedCluster;
  let proxy: EngineProxy;

  beforeAll(async () => {
    cluster = await HarmedCluster.begin('weather', 1, {
      engineSocket: async (real, folder) => {
        proxy = new EngineProxy(join(folder, 'engine.sock'), real);
        await proxy.open();
        return proxy.socketPath;
      },
    });
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await proxy?.cut();
  });

  const versions = async (): Promise<string> =>
    cluster.installation.kubectl(
      'get',
      'clusters,nodes.qbo.io,networks.qbo.io',
      '-o',
      'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    );

  const ids = (all: readonly ContainerView[]): string[] => all.map(({ Id }) => Id);

  test('management API server restarts is left as it is: nothing is written, nothing made twice', async () => {
    const { installation } = cluster;
    await installation.untilReady(cluster.key);
    const before = { versions: await versions(), containers: ids(await cluster.containers()) };
    await installation.restartApiServer();
    await installation.untilOperatorReady();
    expect(await versions()).toBe(before.versions);
    const worker = await cluster.container('worker');
    await docker('kill', worker.Id);
    await cluster.untilBack(worker, 'same');
    await installation.untilReady(cluster.key);
    expect(ids(await cluster.containers())).toEqual(before.containers);
    // What is applied is heard, too: the watches are up again.
    await installation.kubectl('scale', 'cluster', cluster.key.name, '--replicas=0');
    await cluster.until('the worker is gone', async () => (await cluster.containers('worker')).length === 0);
    await installation.kubectl('scale', 'cluster', cluster.key.name, '--replicas=1');
    await installation.untilReady(cluster.key);
  });

  test('engine restarts, and all containers with it, is Ready again, with the same containers', async () => {
    const before = await cluster.containers();
    await restartEngine(before, proxy);
    for (const container of before) await cluster.untilBack(container, 'same');
    await cluster.installation.untilReady(cluster.key);
    expect(ids(await cluster.containers())).toEqual(ids(before));
  });

  test('engine is away while a node is killed says so, and is mended when it is back', async () => {
    const worker = await cluster.container('worker');
    await proxy.cut();
    await docker('kill', worker.Id);
    const lost = await cluster.installation.untilCondition(() => cluster.installation.cluster(cluster.key), {
      type: 'Ready',
      reason: 'EngineUnavailable',
    });
    expect(lost.message).toContain(proxy.socketPath);
    await proxy.open();
    await cluster.untilBack(worker, 'same');
    await cluster.installation.untilReady(cluster.key);
  });

  test('worker loses its volumes has it join again', async () => {
    const before = await cluster.container('worker');
    await cluster.installation.operator.kill();
    await docker('rm', '--force', before.Id);
    await docker('volume', 'rm', ...volumesOf(before));
    await cluster.installation.operator.start();
    await cluster.untilBack(before, 'another');
    const told = await cluster.untilTold((await cluster.nodeOf(before)).metadata.name, 'DataLost');
    expect(told).toContain('joins its cluster again');
    await cluster.expectTakesPods(before, 'after-loss');
  });

  test('control plane loses its volumes is made anew, says what is lost, and has its workers join', async () => {
    const { installation } = cluster;
    const before = await cluster.container('control-plane');
    const worker = await cluster.container('worker');
    const secret = async () => (await installation.kube.get(SecretType, SECRET, AbortSignal.timeout(30_000)))?.data;
    const kubeconfig = await secret();
    await cluster.workload.kubectl('create', 'configmap', 'lost');
    await installation.operator.kill();
    await docker('rm', '--force', before.Id);
    await docker('volume', 'rm', ...volumesOf(before));
    await installation.operator.start();
    await cluster.untilBack(before, 'another');
    const node = await cluster.nodeOf(before);
    expect(await cluster.untilTold(node.metadata.name, 'DataLost')).toContain(
      'everything that was in cluster weather is lost',
    );
    await cluster.untilTold((await cluster.nodeOf(worker)).metadata.name, 'JoinsAgain');
    await installation.untilReady(cluster.key);
    const { message } = await installation.untilCondition(() => cluster.nodeOf(before), {
      type: 'Bootstrapped',
      status: 'True',
      reason: 'DataLost',
    });
    expect(message).toContain('everything that was in cluster weather is lost');
    expect(await secret()).not.toEqual(kubeconfig);
    const anew = await installation.workload(cluster.key);
    await anew.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
    expect((await anew.kubectl('get', 'nodes', '-o', 'name')).split('\n')).toHaveLength(2);
    await expect(anew.kubectl('get', 'configmap', 'lost')).rejects.toThrow(/not found/);
  });
});
