import { ClusterKind, type Cluster } from '../../../crds/cluster.ts';
import { NodeKind, type Node } from '../../../crds/node.ts';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { KubeUnreachable } from '../../../controllers/kube/error.ts';
import { abortable, Deadline, DeadlineExceeded } from '../../../controllers/runtime/deadline.ts';
import type { Stored } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';
import { matches, type Choice } from '../../choice/choice.ts';
import { clusterKey, clusterWords } from '../../choice/objects.ts';
import { failureOf } from '../../refusal.ts';
import { hostNameOf } from '../../rows/node.ts';
import type { Owners } from '../../rows/owner.ts';
import type { Home } from '../../rows/pod.ts';
import { nodeState } from '../../rows/state.ts';
import { howToOpen, readKubeconfig, whyClosed } from '../../views/workload-access.ts';
import { listIn, chosen, type Where } from '../listing.ts';
import { ownersFor } from '../owners.ts';
import { say, type Scope } from '../scope.ts';

/** What there is of a kind in one cluster, as rows with their names. */
export type Inside<T> = (
  kube: KubeClient,
  cluster: Stored<Cluster>,
  home: Home,
  signal: AbortSignal,
) => Promise<readonly Choice<T>[]>;

/** A cluster that has not answered by then is as good as dead for now. */
const ANSWER_MS = 5_000;

/**
 * The rows of what is in clusters. Each is asked with its own kubeconfig, which is read as the caller. Clusters that are named
 * must answer; of the others, those that are stopped or are being made have nothing to show, and those that do not answer, or may
 * not be asked, are told of.
 */
export async function insideClusters<T>(scope: Scope, kind: string, inside: Inside<T>): Promise<readonly T[]> {
  const silent: Failure[] = [];
  const rows = await chosen(scope, kind, async (where) => {
    const { clusters, nodes, owners } = await homes(scope, where);
    const named = namedOnly(scope, clusters);
    const asked = await Promise.all(
      (named ?? clusters).map(async (cluster) => {
        const home = homeOf(cluster, nodes, owners);
        const answer = await ask(scope, { cluster, home, isNamed: named !== undefined }, inside);
        if (!(answer instanceof Failure)) return answer;
        if (named !== undefined) throw answer;
        silent.push(answer);
        return [];
      }),
    );
    return asked.flat();
  });
  for (const { message } of new Map(silent.map((failure) => [failure.message, failure])).values()) say(scope, message);
  return rows;
}

interface Homes {
  readonly clusters: readonly Stored<Cluster>[];
  readonly nodes: ReadonlyMap<string, readonly Stored<Node>[]>;
  readonly owners: Owners;
}

async function homes(scope: Scope, where: Where): Promise<Homes> {
  const [clusters, nodes] = await Promise.all([listIn(scope, ClusterKind, where), listIn(scope, NodeKind, where)]);
  return { clusters, nodes: Map.groupBy(nodes, clusterKey), owners: await ownersFor(scope, clusters) };
}

/** The clusters that all names stand for; undefined when one stands for something else, or there are none. */
function namedOnly(
  { command, caller }: Scope,
  clusters: readonly Stored<Cluster>[],
): readonly Stored<Cluster>[] | undefined {
  const { names, options } = command;
  if (options.all === true || names.length === 0) return undefined;
  const choices = clusters.map((value) => ({ value, ...clusterWords(value) }));
  const found = matches(names, choices, caller.namespace);
  return found.every((some) => some.length > 0) ? [...new Set(found.flat())] : undefined;
}

function homeOf(cluster: Stored<Cluster>, nodes: Homes['nodes'], owners: Owners): Home {
  const { namespace = '', name, uid } = cluster.metadata;
  const states = new Map(
    (nodes.get(`${namespace}/${name}`) ?? []).map((node) => [hostNameOf(node, cluster), nodeState(node)]),
  );
  return { name, id: uid, user: owners(namespace), nodeState: (node) => states.get(node) ?? '' };
}

/** What is in it; a Failure when it is worth a word that it can not be seen. */
async function ask<T>(
  scope: Scope,
  { cluster, home, isNamed }: { readonly cluster: Stored<Cluster>; readonly home: Home; readonly isNamed: boolean },
  inside: Inside<T>,
): Promise<readonly Choice<T>[] | Failure> {
  const { name } = cluster.metadata;
  const why = whyClosed(cluster);
  if (why !== undefined)
    return isNamed ? new Failure(409, `Cluster ${name} ${why}: nobody can ask it now. ${howToOpen(cluster)}`) : [];
  const deadline = new Deadline(scope.clock, ANSWER_MS, `Cluster ${name} has not answered within 5 s`, scope.signal);
  try {
    const kubeconfig = await readKubeconfig(scope.kube, cluster, deadline.signal);
    if (kubeconfig === undefined) return isNamed ? new Failure(409, `Cluster ${name} has no kubeconfig yet.`) : [];
    const lease = scope.workloads.client(kubeconfig);
    try {
      return await abortable(inside(lease.value, cluster, home, deadline.signal), deadline.signal);
    } finally {
      lease.release();
    }
  } catch (error) {
    return told(error, name);
  } finally {
    deadline.clear();
  }
}

function told(error: unknown, name: string): Failure {
  if (error instanceof DeadlineExceeded) {
    return new Failure(504, `${error.message}. See qbo get nodes ${name}, and try again.`, error);
  }
  if (error instanceof KubeUnreachable) {
    return new Failure(503, `Cluster ${name} can not be asked: ${error.message} See qbo get nodes ${name}.`, error);
  }
  const failure = failureOf(error, `Cluster ${name}`);
  if (failure instanceof Failure) return failure;
  throw failure;
}
