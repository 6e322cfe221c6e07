/** What becomes of nodes that somebody kills or removes: seconds until the operator acts, and until all is as before. */
import { setTimeout as delay } from 'node:timers/promises';

import type { KubeClient } from '../../controllers/kube/client.ts';
import { KubeNodeType } from '../../controllers/kube/kinds.ts';
import { containersOf, nameOf, type ContainerView } from '../../test/fixtures/operator/containers.ts';
import type { Installation } from '../../test/fixtures/operator/installation.ts';
import { run } from '../console/run.ts';
import { CLUSTER, withCluster } from './one-cluster.ts';
import { figures, rounded, type Figure, type Results } from './report.ts';

const LOOK_MS = 100;
const LIMIT_MS = 180_000;

interface Blow {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly command: readonly string[];
  /** Seconds that it may take until the cluster is as before. */
  readonly target?: number;
}

const BLOWS: readonly Blow[] = [
  { name: 'kill of a worker', role: 'worker', command: ['kill'], target: 15 },
  { name: 'kill of the control plane', role: 'control-plane', command: ['kill'], target: 25 },
  { name: 'rm -f of a worker', role: 'worker', command: ['rm', '-f'] },
];

export const benchRepair = (): Promise<Results> => withCluster(repair);

async function repair(installation: Installation): Promise<Results> {
  const { client } = await installation.workload(CLUSTER);
  const all: Figure[] = [];
  for (const blow of BLOWS) {
    const { acted, ready } = await strike(blow, installation, client);
    all.push({ name: `${blow.name}: first action`, value: acted, unit: 's', target: 1 });
    all.push({
      name: `${blow.name}: Ready`,
      value: ready,
      unit: 's',
      ...(blow.target !== undefined && { target: blow.target }),
    });
  }
  process.stdout.write(`${figures('From the end of the command:', all)}\n\n`);
  return { repair: Object.fromEntries(all.map(({ name, value }) => [`${name} s`, rounded(value)])) };
}

async function strike({ role, command }: Blow, installation: Installation, client: KubeClient) {
  const victim = await containerOf(installation, role);
  await run(['docker', ...command, victim.Id]);
  const struckAt = Date.now();
  const since = (moment: number): number => (moment - struckAt) / 1000;
  const startedAt = await until('its container runs again', async () => {
    const found = (await containersOf(installation.instance)).find((one) => nameOf(one) === nameOf(victim));
    return found?.State.Running === true ? Date.parse(found.State.StartedAt) : undefined;
  });
  await until('its cluster calls it Ready', async () => {
    // The kubelet has spoken since, so it is not the Ready of before; to the second.
    const node = await client.get(
      KubeNodeType,
      { namespace: '', name: victim.Config.Hostname },
      AbortSignal.timeout(2_000),
    );
    const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
    const isNew = Date.parse(ready?.lastHeartbeatTime ?? '') >= Math.floor(startedAt / 1000) * 1000;
    return ready?.status === 'True' && isNew ? true : undefined;
  });
  await installation.untilReady(CLUSTER);
  return { acted: since(startedAt), ready: since(Date.now()) };
}

async function containerOf({ instance }: Installation, role: Blow['role']): Promise<ContainerView> {
  const [found] = await containersOf(instance, { 'qbo.io/role': role });
  if (found === undefined) throw new Error(`The cluster has no ${role}`);
  return found;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const startedAt = performance.now();
  let last = '';
  while (performance.now() - startedAt < LIMIT_MS) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      // An API server that is starting refuses.
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(LOOK_MS);
  }
  throw new Error(`Not within ${String(LIMIT_MS / 1000)} s: ${what}. ${last}`);
}
