import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../hack/console/run.ts';
import { ensureKind } from '../../hack/node-image/go-binaries.ts';
import { containersOf, execIn, nameOf } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { kubectlOn } from '../fixtures/operator/kubectl.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { makePlainImage } from './backends/plain-image.ts';

jest.setTimeout(300_000);

describe("kind's command line on a cluster of ours", () => {
  let installation: Installation;
  let folder: string;
  let kind: string;
  const KEY = inDefault('beside');

  const tell = async (...args: string[]): Promise<string> => (await run([kind, ...args])).stdout.trim();
  const nodes = async (): Promise<string[]> =>
    (await containersOf(installation.instance)).map((container) => nameOf(container)).sort();

  beforeAll(async () => {
    kind = await ensureKind();
    installation = await Installation.start();
    folder = await mkdtemp(join(tmpdir(), 'qbo-kind-'));
    await installation.apply(clusterManifest('beside', { image: installation.image, workers: 1 }));
    await installation.untilReady(KEY);
  });

  afterAll(async () => {
    await installation?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const kindName = async (): Promise<string> => (await installation.cluster(KEY))?.status?.kindName ?? '';

  test('is of the version that we speak of, and lists it with its nodes', async () => {
    expect(await tell('version')).toContain('v0.33.');
    expect((await tell('get', 'clusters')).split('\n')).toContain(await kindName());
    expect((await tell('get', 'nodes', '--name', await kindName())).split('\n').sort()).toEqual(await nodes());
  });

  test('prints a kubeconfig that works', async () => {
    const file = join(folder, 'kubeconfig');
    await writeFile(file, await tell('get', 'kubeconfig', '--name', await kindName()), { mode: 0o600 });
    const { kubectl } = kubectlOn(file, join(installation.folder, 'kubectl'));
    expect((await kubectl('get', 'nodes', '-o', 'name')).split('\n')).toHaveLength(2);
  });

  test.each(['docker-image', 'image-archive'])('loads a %s into every node', async (what) => {
    const image = `qbo-test/loaded:${what}`;
    await makePlainImage(image, installation.image);
    const archive = join(folder, 'image.tar');
    await run(['docker', 'save', '--output', archive, image]);
    await tell('load', what, what === 'docker-image' ? image : archive, '--name', await kindName());
    await run(['docker', 'image', 'rm', '--force', image]);
    for (const node of await nodes()) {
      expect(await execIn(node, 'ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet')).toContain(image);
    }
  });

  test('exports the logs of every node', async () => {
    const logs = join(folder, 'logs');
    await tell('export', 'logs', logs, '--name', await kindName());
    for (const node of await nodes()) {
      expect((await readdir(join(logs, node))).sort()).toEqual(expect.arrayContaining(['journal.log', 'kubelet.log']));
    }
  });

  test('deletes it, which is healed with its data', async () => {
    const workload = await installation.workload(KEY);
    await workload.kubectl('create', 'configmap', 'kept', '--from-literal=key=value');
    const before = (await containersOf(installation.instance)).map(({ Id }) => Id);
    await tell('delete', 'cluster', '--name', await kindName(), '--kubeconfig', join(folder, 'kubeconfig'));
    await installation.until('both are made again', async () => {
      const now = await containersOf(installation.instance);
      return now.length === 2 && now.every(({ Id, State }) => State.Running && !before.includes(Id));
    });
    await installation.untilReady(KEY);
    expect(await workload.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.key}')).toBe('value');
  });
});
