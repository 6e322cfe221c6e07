/** Our operator, as a process beside an API server of its own, on the same engine. */
import { setTimeout as delay } from 'node:timers/promises';

import type { Condition } from '../../controllers/runtime/condition.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import { BOOTSTRAP } from '../../controllers/node/bootstrap-script.ts';
import { containersOf, execIn, nameOf, type ContainerView } from '../../test/fixtures/operator/containers.ts';
import type { Installation } from '../../test/fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../../test/fixtures/operator/objects.ts';
import { awaitFinish } from './finish-line.ts';
import type { Round } from './result.ts';

const NAME = 'bench';
const KEY = inDefault(NAME);
/** Coarser than the finish line's: it only tells where time goes, and must not take much of it. */
const SAMPLE_MS = 250;

export async function raceOurs(nodes: number, installation: Installation): Promise<Round> {
  const stop = new AbortController();
  try {
    const startedAt = performance.now();
    const startedAtEpoch = performance.timeOrigin + startedAt;
    const seen = sampleConditions(installation, startedAt, stop.signal);
    await installation.apply(clusterManifest(NAME, { image: installation.image, workers: nodes - 1 }));
    const finish = await awaitFinish(nodes, () => kubeconfig(installation), startedAt);
    await installation.untilReady(KEY);
    stop.abort();
    const since = (moment: number): number => (moment - startedAt) / 1000;
    return {
      contender: 'ours',
      nodes,
      seconds: since(finish.finished),
      milestones: {
        ...(await seen),
        ...(await containerMilestones(installation.instance, startedAtEpoch)),
        'the API server answers a client': since(finish.apiAnswered),
        'the first node is Ready': since(finish.firstNodeReady),
        'all nodes are Ready': since(finish.allNodesReady),
        'CoreDNS is available': since(finish.dnsAvailable),
      },
    };
  } finally {
    stop.abort();
    await remove(installation);
  }
}

async function remove(installation: Installation): Promise<void> {
  await installation.kubectl('delete', `cluster/${NAME}`, '--ignore-not-found', '--timeout=120s');
  const left = await installation.residue();
  if (left.length > 0) throw new Error(`Deleting the cluster left ${left.join(', ')}`);
}

async function kubeconfig({ kube }: Installation): Promise<string | undefined> {
  const secret = await kube.get(SecretType, inDefault(`${NAME}-kubeconfig`), AbortSignal.timeout(5_000));
  const value = secret?.data?.['value'];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

/** When each condition of the Cluster came true. Transition times in the API have no fractions of a second. */
async function sampleConditions(
  installation: Installation,
  startedAt: number,
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  while (!signal.aborted) {
    const cluster = await installation.cluster(KEY);
    const now = (performance.now() - startedAt) / 1000;
    for (const { type, status } of cluster?.status?.conditions ?? ([] as Condition[])) {
      if (status === 'True') seen[`condition ${type}`] ??= now;
    }
    await delay(SAMPLE_MS);
  }
  return seen;
}

/** What the engine and the files that kubeadm leaves tell. */
async function containerMilestones(instance: string, startedAtEpoch: number): Promise<Record<string, number>> {
  const since = (epochMs: number): number => (epochMs - startedAtEpoch) / 1000;
  const containers = await containersOf(instance);
  const isControl = ({ Config }: ContainerView): boolean => Config.Labels['qbo.io/role'] === 'control-plane';
  const [control] = containers.filter(isControl);
  if (control === undefined) return {};
  const written = await writtenAt(nameOf(control), {
    'kubeadm init is told to start': BOOTSTRAP.script,
    'certificates are made': '/etc/kubernetes/pki/sa.pub',
    'kubeconfigs are made': '/etc/kubernetes/scheduler.conf',
    'static pods are written': '/etc/kubernetes/manifests/etcd.yaml',
    'add-ons are printed': BOOTSTRAP.addons,
    'kubeadm init has ended': BOOTSTRAP.done,
  });
  const workers = containers.filter((container) => !isControl(container));
  const joins = await Promise.all(
    workers.map((worker) =>
      writtenAt(nameOf(worker), {
        'the last worker is told to join': BOOTSTRAP.script,
        'the last worker has joined': BOOTSTRAP.done,
      }),
    ),
  );
  const started = workers.map(({ State }) => Date.parse(State.StartedAt));
  const moments: Record<string, number> = {
    'the control plane container is created': Date.parse(control.Created),
    'the control plane container is started': Date.parse(control.State.StartedAt),
    ...(started.length > 0 && { 'the last worker container is started': Math.max(...started) }),
    ...written,
    ...latest(joins),
  };
  return Object.fromEntries(Object.entries(moments).map(([name, at]) => [name, since(at)]));
}

/** Milliseconds since the epoch at which files in a container were written last; those that are missing are left out. */
async function writtenAt(container: string, files: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const script = 'for file; do stat -c "%.Y" "$file" 2>/dev/null || echo missing; done';
  const times = (await execIn(container, 'sh', '-c', script, 'sh', ...Object.values(files))).trim().split('\n');
  const entries = Object.keys(files).map((name, index): [string, number] => [name, Number(times[index]) * 1000]);
  return Object.fromEntries(entries.filter(([, at]) => !Number.isNaN(at)));
}

function latest(all: readonly Record<string, number>[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, at] of all.flatMap((one) => Object.entries(one))) result[name] = Math.max(result[name] ?? 0, at);
  return result;
}
