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

const script = (content: string): FileContent => ({ path: RENEWAL.script, content, mode: 0o700 });

/** What the renewal of a control plane needs to find in the node. */
export const controlPlaneFiles = (): readonly FileContent[] => [script(CONTROL_PLANE_RENEWAL)];

/** The same of any node; or, of a worker, what it waits for: its cluster must let it in. */
export async function renewalFiles(scope: NodeScope): Promise<readonly FileContent[] | Wait> {
  if (scope.object.spec.role === 'control-plane') return controlPlaneFiles();
  const bootstrap = await bootstrapFile(scope);
  return 'kind' in bootstrap ? bootstrap : [script(WORKER_RENEWAL), bootstrap];
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
