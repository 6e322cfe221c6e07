import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kindConfiguration, rememberNetwork } from '../../hack/bench/kind.ts';
import { run } from '../../hack/console/run.ts';
import { ensureKind } from '../../hack/node-image/go-binaries.ts';
import { runStranger } from '../fixtures/operator/bystanders.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';

jest.setTimeout(400_000);

const KEY = inDefault('mine');

describe('a cluster that kind made', () => {
  let installation: Installation;
  let folder: string;
  let kind: string;
  let name: string;
  let restoreNetwork: () => Promise<void>;

  const docker = async (...args: string[]): Promise<string> => (await run(['docker', ...args])).stdout.trim();
  const state = (container: string): Promise<string> =>
    docker('inspect', '--format', '{{.Id}} {{.State.StartedAt}} {{.State.Running}}', container);
  const address = (container: string): Promise<string> =>
    docker('inspect', '--format', '{{.NetworkSettings.Networks.kind.IPAddress}}', container);
  const annotate = (...annotations: string[]): Promise<string> =>
    installation.kubectl('annotate', '--overwrite', 'cluster', 'mine', ...annotations);

  /** Somebody else's containers, until one has that address: the engine gives the first that is free to whoever starts first. */
  const take = async (wanted: string): Promise<void> => {
    for (let number = 1; number < 10; number += 1) {
      const other = `${name}-stranger-${String(number)}`;
      await runStranger(installation, other, '--network', 'kind');
      if ((await address(other)) === wanted) return;
    }
    throw new Error(`No container got ${wanted}`);
  };

  beforeAll(async () => {
    kind = await ensureKind();
    restoreNetwork = await rememberNetwork();
    installation = await Installation.start();
    folder = await mkdtemp(join(tmpdir(), 'qbo-adopt-'));
    name = installation.instance;
    const config = join(folder, 'kind.json');
    await writeFile(config, JSON.stringify(await kindConfiguration(2)));
    const where = ['--config', config, '--kubeconfig', join(folder, 'kubeconfig'), '--wait', '90s'] as const;
    await run([kind, 'create', 'cluster', '--name', name, '--image', installation.image, ...where]);
  });

  afterAll(async () => {
    await installation?.operator.kill();
    if (name !== undefined) {
      await run([kind, 'delete', 'cluster', '--name', name, '--kubeconfig', join(folder, 'kubeconfig')]);
    }
    await installation?.remove();
    await restoreNetwork?.();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test('is shown, and not touched, until somebody confirms', async () => {
    const before = await Promise.all([state(`${name}-control-plane`), state(`${name}-worker`)]);
    await installation.apply({
      ...clusterManifest('mine', { workers: 1 }),
      metadata: { ...KEY, annotations: { 'qbo.io/adopt': name } },
    });
    const said = await installation.untilCondition(() => installation.cluster(KEY), {
      type: 'Adopted',
      reason: 'DryRun',
    });
    expect(said.message).toContain(`${name}-control-plane`);
    expect(said.message).toContain(`qbo.io/adopt-confirmed=${name}`);
    expect(await installation.nodesOf(KEY)).toEqual([]);

    await annotate(`qbo.io/adopt-confirmed=${name}`);
    await installation.untilReady(KEY);
    expect(await Promise.all([state(`${name}-control-plane`), state(`${name}-worker`)])).toEqual(before);
    const workload = await installation.workload(KEY);
    await workload.kubectl('create', 'configmap', 'kept', '--from-literal=key=value');
    const recoverable = (await installation.node(inDefault(`${name}-control-plane`)))?.status?.conditions;
    expect(recoverable?.find(({ type }) => type === 'Recoverable')).toMatchObject({ status: 'False' });
  });

  test('gets a worker of ours, in its own network', async () => {
    await installation.kubectl('scale', 'cluster', 'mine', '--replicas=2');
    await installation.untilReady(KEY);
    const workload = await installation.workload(KEY);
    expect((await workload.kubectl('get', 'nodes', '-o', 'name')).split('\n')).toHaveLength(3);
  });

  test('is started again when it was killed, with its data, be it at another address', async () => {
    const before = await address(`${name}-control-plane`);
    await installation.operator.kill();
    await docker('kill', `${name}-control-plane`, `${name}-worker`);
    await take(before);
    await installation.operator.start();
    await installation.until('they run again', async () =>
      (await Promise.all([state(`${name}-control-plane`), state(`${name}-worker`)])).every((each) =>
        each.endsWith('true'),
      ),
    );
    expect(await address(`${name}-control-plane`)).not.toBe(before);
    await installation.untilReady(KEY);
    const workload = await installation.workload(KEY);
    expect(await workload.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}')).toBe('value');
    // Its kubelet trusts its API server again, whose certificate named the former address.
    const [, startedAt = ''] = (await state(`${name}-control-plane`)).split(' ');
    await installation.until('its kubelet is heard', async () => {
      const lease = ['get', 'lease', `${name}-control-plane`, '--namespace=kube-node-lease'] as const;
      const renewed = await workload.kubectl(...lease, '-o', 'jsonpath={.spec.renewTime}');
      return Date.parse(renewed) > Date.parse(startedAt);
    });
  });

  test('has a worker that was removed join anew, as one of ours', async () => {
    const before = await state(`${name}-worker`);
    await docker('rm', '--force', '--volumes', `${name}-worker`);
    await installation.until('it is made again', async () => (await state(`${name}-worker`)) !== before);
    await installation.untilReady(KEY);
    const workload = await installation.workload(KEY);
    expect(await workload.kubectl('get', 'nodes', '-o', 'name')).toContain(`node/${name}-worker`);
  });

  test('goes with its Cluster', async () => {
    await installation.kubectl('delete', 'cluster', 'mine');
    expect(await docker('ps', '-aq', '--filter', `label=io.x-k8s.kind.cluster=${name}`)).toBe('');
    expect(await installation.residue()).toEqual([]);
    expect(await docker('network', 'inspect', '--format', '{{.Name}}', 'kind')).toBe('kind');
  });
});
