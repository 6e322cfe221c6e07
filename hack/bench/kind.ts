/** The kind CLI as it is used by anybody, with the same image on the same engine. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run, RunError } from '../console/run.ts';
import { ensureKind } from '../node-image/go-binaries.ts';
import { awaitFinish } from './finish-line.ts';
import type { Round } from './result.ts';

/** On hosts with cgroup v1, which kind's own configuration of the kubelet has left behind. */
const CGROUP_V1 = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  cgroupDriver: 'cgroupfs',
  cgroupRoot: '',
  failCgroupV1: false,
};

export interface KindOptions {
  readonly name: string;
  readonly image: string;
  readonly folder: string;
}

export async function raceKind(nodes: number, { name, image, folder }: KindOptions): Promise<Round> {
  const kind = await ensureKind();
  const config = join(folder, 'kind.json');
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  await writeFile(config, JSON.stringify(await kindConfiguration(nodes)));
  try {
    const startedAt = performance.now();
    const create = run([
      kind,
      'create',
      'cluster',
      '--name',
      name,
      '--image',
      image,
      '--config',
      config,
      '--kubeconfig',
      kubeconfig,
    ]);
    const finish = awaitFinish(nodes, () => readIfWhole(kubeconfig), startedAt);
    // A create that fails need not be waited for at the finish.
    const [{ finished }] = await Promise.all([finish, create]);
    return { contender: 'kind', nodes, seconds: (finished - startedAt) / 1000, milestones: {} };
  } finally {
    await run([kind, 'delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
  }
}

export async function kindConfiguration(nodes: number): Promise<object> {
  const { stdout } = await run(['docker', 'info', '--format', '{{.CgroupVersion}}']);
  const roles = ['control-plane', ...Array.from({ length: nodes - 1 }, () => 'worker')];
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    nodes: roles.map((role) => ({ role })),
    ...(stdout.trim() === '1' && { kubeadmConfigPatches: [JSON.stringify(CGROUP_V1)] }),
  };
}

/** kind may be writing it at this moment: what is cut off does not end with its last line. */
async function readIfWhole(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return text.includes('client-key-data: ') && text.endsWith('\n') ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** kind keeps its network for the next cluster; removed again unless it was there before us. */
export async function keepNetworkAsItWas<T>(work: () => Promise<T>): Promise<T> {
  const restore = await rememberNetwork();
  try {
    return await work();
  } finally {
    await restore();
  }
}

/** Notes whether kind's network is there; what it gives removes that network if it was not. */
export async function rememberNetwork(): Promise<() => Promise<void>> {
  const wasThere = await isNetworkThere();
  return async () => {
    if (!wasThere && (await isNetworkThere())) await run(['docker', 'network', 'rm', 'kind']);
  };
}

async function isNetworkThere(): Promise<boolean> {
  try {
    await run(['docker', 'network', 'inspect', 'kind']);
    return true;
  } catch (error) {
    if (error instanceof RunError && error.exitCode !== undefined) return false;
    throw error;
  }
}
