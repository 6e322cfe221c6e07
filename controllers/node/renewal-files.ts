import { Reason } from '../../crds/conditions.ts';
import { clusterAccess } from '../access.ts';
import type { FileContent } from '../backends/containers.ts';
import { idOf } from '../identity.ts';
import { isRefused, isUnavailable } from '../kube/error.ts';
import { waitFor } from '../runtime/step.ts';
import type { Wait } from '../runtime/step.ts';
import { createBootstrapToken } from './bootstrap-token.ts';
import { CONTROL_PLANE_RENEWAL, RENEWAL, WORKER_RENEWAL } from './certificates-script.ts';
import { bootstrapKubeconfig } from './kubeadm-config.ts';
import { clusterIn } from './scope.ts';
import type { NodeScope } from './scope.ts';

const SOON_MS = 5_000;

/** What a renewal needs to find in the node; or, of a worker, what it waits for: its cluster must let it in. */
export async function renewalFiles(scope: NodeScope, unit: string): Promise<readonly FileContent[] | Wait> {
  const begun = { path: RENEWAL.begun, content: `${unit}\n`, mode: 0o600 };
  if (scope.object.spec.role === 'control-plane') {
    return [{ path: RENEWAL.script, content: CONTROL_PLANE_RENEWAL, mode: 0o700 }, begun];
  }
  const bootstrap = await bootstrapFile(scope);
  if ('kind' in bootstrap) return bootstrap;
  return [{ path: RENEWAL.script, content: WORKER_RENEWAL, mode: 0o700 }, bootstrap, begun];
}

async function bootstrapFile(scope: NodeScope): Promise<FileContent | Wait> {
  const { object, world, signal } = scope;
  const access = await clusterAccess(world, clusterIn(scope), signal);
  if (access === undefined) return notYet('the control plane does not run');
  try {
    const token = await createBootstrapToken(access.client, idOf(object), world.clock, signal);
    const content = bootstrapKubeconfig(access.endpoint, access.certificateAuthority, token);
    return { path: RENEWAL.bootstrap, content, mode: 0o600 };
  } catch (error) {
    // Refused: the certificate by which we come has ended as well, and is being renewed by the control plane's Node.
    if (!isUnavailable(error) && !isRefused(error)) throw error;
    return notYet(error.message);
  }
}

const notYet = (why: string): Wait =>
  waitFor(Reason.ControlPlaneStarting, `The kubelet's certificate has ended, and it can get no other: ${why}`, SOON_MS);
