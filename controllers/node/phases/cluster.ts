import type { Cluster } from '../../../crds/cluster.ts';
import { ClusterNotFound, InvalidSpec } from '../../../crds/errors.ts';
import type { Node } from '../../../crds/node.ts';
import type { Stored } from '../../runtime/object.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { nodesOf } from '../../world.ts';
import { hostnameOf } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

const LONGEST_HOSTNAME = 63;

/** The Cluster that this Node joins exists, and together they give a host name that Linux and Kubernetes take. */
export function ensureCluster(scope: NodeScope): Promise<Step> {
  const { object, cluster, status } = scope;
  if (cluster === undefined) {
    const error = new ClusterNotFound({ node: object.metadata.name, cluster: object.spec.cluster });
    return Promise.resolve(fail(error.reason, error.message));
  }
  const hostname = hostnameOf(object, cluster);
  if (hostname.length > LONGEST_HOSTNAME) {
    const error = new InvalidSpec({
      kind: 'Node',
      name: object.metadata.name,
      field: 'metadata.name',
      why: `its host name ${hostname} has ${String(hostname.length)} characters, and ${String(LONGEST_HOSTNAME)} are the most`,
    });
    return Promise.resolve(fail(error.reason, error.message));
  }
  const first = controlPlaneBefore(scope, cluster);
  if (first !== undefined) {
    const error = new InvalidSpec({
      kind: 'Node',
      name: object.metadata.name,
      field: 'spec.role',
      why: `cluster ${cluster.metadata.name} has its control plane, Node ${first.metadata.name}, and more than one come with a later release; delete this Node, or make it a worker`,
    });
    return Promise.resolve(fail(error.reason, error.message));
  }
  status.hostname = hostname;
  return Promise.resolve(proceed());
}

/** Of two control planes the second would become a cluster of its own. The one that has a container was first. */
function controlPlaneBefore({ object, world }: NodeScope, cluster: Stored<Cluster>): Stored<Node> | undefined {
  if (object.spec.role !== 'control-plane') return undefined;
  const [first] = nodesOf(world, cluster)
    .filter(({ spec }) => spec.role === 'control-plane')
    .sort((a, b) => (seniority(a) < seniority(b) ? -1 : 1));
  return first?.metadata.uid === object.metadata.uid ? undefined : first;
}

const seniority = ({ metadata, status }: Stored<Node>): string =>
  `${status?.containerID === undefined ? '1' : '0'} ${metadata.creationTimestamp} ${metadata.uid}`;
