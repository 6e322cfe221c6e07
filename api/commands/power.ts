import { ClusterKind, type Cluster } from '../../crds/cluster.ts';
import { NodeKind } from '../../crds/node.ts';
import { keyOf, type Stored } from '../../controllers/runtime/object.ts';
import { Failure } from '../failure.ts';
import { clustersToChange, nodesToChange, type Found } from './finding.ts';
import { isReady, titleOf, type Goal, type Telling } from './progress/goal.ts';
import { reach } from './progress/reach.ts';
import { say, type Scope } from './scope.ts';
import { finish, sideBySide } from './side-by-side.ts';

export type Power = Cluster['spec']['power'];

const REACHED: Readonly<Record<Power, string>> = { Running: 'ready', Stopped: 'stopped', Paused: 'paused' };

/**
 * Sets spec.power of clusters, and waits until their containers do so. `wakes`: nodes that do this themselves are set to run as
 * well, as all nodes of a cluster start when it does.
 */
export const powerOfClusters =
  (power: Power, wakes: readonly Power[] = []) =>
  async (scope: Scope): Promise<void> => {
    const { kube, work } = scope;
    const clusters = await clustersToChange(scope);
    const outcome = await sideBySide(clusters, titleOf, async (cluster) => {
      if (wakes.length > 0) await wakeNodes(scope, cluster, wakes);
      if (cluster.spec.power === power) return goalOf(cluster, power);
      return goalOf(await kube.mergePatch(ClusterKind, keyOf(cluster), { spec: { power } }, work), power);
    });
    await finish(outcome, (goals) => settle(scope, ClusterKind, goals));
  };

async function wakeNodes({ kube, work }: Scope, cluster: Stored<Cluster>, wakes: readonly Power[]): Promise<void> {
  const { namespace = '', name } = cluster.metadata;
  const { items } = await kube.list(NodeKind, { namespace }, work);
  const asleep = items.filter(({ spec }) => spec.cluster === name && wakes.includes(spec.power));
  await Promise.all(asleep.map((node) => kube.mergePatch(NodeKind, keyOf(node), { spec: { power: 'Running' } }, work)));
}

/** The same of single nodes, the rest of whose cluster goes on. */
export const powerOfNodes =
  (power: Power) =>
  async (scope: Scope): Promise<void> => {
    const { kube, work } = scope;
    const found = await nodesToChange(scope);
    const outcome = await sideBySide(
      found,
      ({ node }) => titleOf(node),
      async ({ node, cluster }) => {
        requirePower(power, { node, cluster });
        if (node.spec.power === power) return goalOf(node, power);
        return goalOf(await kube.mergePatch(NodeKind, keyOf(node), { spec: { power } }, work), power);
      },
    );
    await finish(outcome, (goals) => settle(scope, NodeKind, goals));
  };

/** A node of a cluster that is stopped can not run, whatever it is asked for itself. */
function requirePower(power: Power, { node, cluster }: Found): void {
  const limit = cluster?.spec.power ?? 'Running';
  if (power === 'Stopped' || limit === 'Running' || limit === power) return;
  const { name } = node.metadata;
  const word = limit === 'Stopped' ? 'start' : 'resume';
  throw new Failure(
    409,
    `Node ${name} can not be ${power === 'Running' ? 'started' : 'paused'}: its cluster ${node.spec.cluster} is ${REACHED[limit]}. ` +
      `Do this first: qbo ${word} cluster ${node.spec.cluster}.`,
  );
}

type Powered = Stored<Telling & { readonly status?: { readonly power?: string } }>;

const goalOf = (object: Powered, power: Power): Goal => ({
  object,
  wanted: power === 'Running' ? isReady : (found) => (found as Powered).status?.power === power,
  reached: REACHED[power],
});

/** Waits, unless the command says not to. */
export async function settle(scope: Scope, type: Parameters<typeof reach>[1], goals: readonly Goal[]): Promise<void> {
  if (scope.command.options.noWait !== true) return reach(scope, type, goals);
  for (const { object } of goals) say(scope, `${titleOf(object)}: the change is recorded, and is not waited for.`);
}
