import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { containersOf } from '../fixtures/operator/containers.ts';
import { EngineProxy } from '../fixtures/operator/engine-proxy.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';

jest.setTimeout(300_000);

const KEY = inDefault('outage');

describe('an engine that is stopped while a cluster is made', () => {
  let installation: Installation;
  let proxy: EngineProxy;

  beforeAll(async () => {
    installation = await Installation.start({
      engineSocket: async (real, folder) => {
        proxy = new EngineProxy(join(folder, 'engine.sock'), real);
        await proxy.open();
        return proxy.socketPath;
      },
    });
    await installation.apply(clusterManifest('outage', { image: installation.image, workers: 1 }));
  });

  afterAll(async () => {
    await installation?.remove();
    await proxy?.cut();
  });

  test('is named in the condition, with what to do', async () => {
    await installation.until('kubeadm is at work', async () => {
      const [control] = await containersOf(installation.instance, { 'qbo.io/role': 'control-plane' });
      return control?.State.Running;
    });
    await proxy.cut();
    const ready = await installation.untilCondition(() => installation.cluster(KEY), {
      type: 'Ready',
      reason: 'EngineUnavailable',
    });
    expect(ready.message).toContain(proxy.socketPath);
    expect(ready.message).toContain('sudo systemctl start docker');
  });

  test('and the cluster goes on by itself when it is back', async () => {
    await proxy.open();
    await installation.untilReady(KEY);
    expect(await containersOf(installation.instance)).toHaveLength(2);
    const cluster = await installation.cluster(KEY);
    expect(JSON.stringify(cluster?.status?.conditions)).not.toContain('EngineUnavailable');
  });

  test('a delete that meets an outage ends when it is back', async () => {
    await proxy.cut();
    await installation.kubectl('delete', 'cluster/outage', '--wait=false');
    await installation.untilCondition(() => installation.cluster(KEY), { type: 'Ready', reason: 'Deleting' });
    await proxy.open();
    await installation.untilGone(() => installation.cluster(KEY));
    expect(await installation.residue()).toEqual([]);
  });
});
