import { ClusterNotFound, InvalidSpec } from '../../../crds/errors.ts';
import { fail, proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { hostnameOf } from '../scope.ts';
import type { NodeScope } from '../scope.ts';

const LONGEST_HOSTNAME = 63;

/** The Cluster that this Node joins exists, and together they give a host name that Linux and Kubernetes take. */
export function ensureCluster({ object, cluster, status }: NodeScope): Promise<Step> {
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
  status.hostname = hostname;
  return Promise.resolve(proceed());
}
