import { clusterAccess } from '../access.ts';
import type { Container } from '../backends/containers.ts';
import { idOf } from '../identity.ts';
import { KubeNodeType } from '../kube/kinds.ts';
import type { World } from '../world.ts';
import { BOOTSTRAP } from './bootstrap-script.ts';
import { nodeLabels, runtimeVolumeName } from './container-spec.ts';
import { clusterIn } from './scope.ts';
import type { NodeScope } from './scope.ts';

/** How long pods may take to end, before they are killed. */
const GRACE_SECONDS = 20;
/** Where a replaced node's state is put aside, until its container is gone and with it all that is mounted there. */
const ASIDE = '/var/lib/qbo-replaced';

/** The container is stopped. Started again it is by whoever sees to it that nodes run: at its address, in its network. */
export const restart = (world: World, { id }: Container, signal: AbortSignal): Promise<void> =>
  world.containers.stop(id, GRACE_SECONDS, signal);

/**
 * The container is removed, after all that is not to outlive it has been put aside: it is made again on its volumes, and a
 * worker bootstrapped again. The store of its container images and of its pods' containers is new, as the image has it.
 * Can be done again from the start at any point, until the container is gone.
 */
export async function replace(scope: NodeScope, container: Container, signal: AbortSignal): Promise<void> {
  const { object, status, world } = scope;
  const isWorker = object.spec.role === 'worker';
  if (container.state === 'running') await putAside(scope, container, signal);
  if (isWorker) {
    // kubeadm lets in no node that is there already, and what it was told of its pods' addresses holds no more.
    const access = await clusterAccess(world, clusterIn(scope), signal);
    const key = { namespace: '', name: status.hostname ?? '' };
    await access?.client.delete(KubeNodeType, key, {}, signal);
  }
  if (!(await fillsItsStore(world, container, signal))) {
    const name = runtimeVolumeName(object, Date.parse(status.remediation?.at ?? ''));
    const labels = nodeLabels(object, clusterIn(scope), world.settings.instance);
    await world.containers.volumes.ensure({ owner: idOf(object), name, labels }, signal);
  }
  await world.containers.remove(container.id, signal);
}

/**
 * Images of ours put their container images into an empty store at each start. Those of kind have them there from the
 * start, under the volume: only the engine can bring them back, by filling a new volume from the image.
 */
const fillsItsStore = async (world: World, { id }: Container, signal: AbortSignal): Promise<boolean> =>
  (await world.containers.readFile(id, '/kind/store/hash', signal)) !== undefined;

/**
 * Moved, not deleted: what pods have mounted hangs in there as long as the container lives, users' own data among it. A
 * place that is a mount itself stays; so does everything else under /var, persistent volumes above all.
 */
export const putAsideScript = (isWorker: boolean): string => `set -u
failed=0
mkdir -p ${ASIDE}
timeout 20 systemctl stop kubelet || pkill -9 -x kubelet
for place in ${isWorker ? '/var/lib/kubelet /var/lib/cni ' : ''}/var/lib/containerd; do
  if [ ! -d "$place" ] || mountpoint -q "$place"; then continue; fi
  mv "$place" "${ASIDE}/$(basename "$place").$(date +%s%N)" || failed=1
done
${isWorker ? `rm -f ${BOOTSTRAP.done} /etc/kubernetes/*.conf /etc/kubernetes/pki/ca.crt /etc/cni/net.d/* || failed=1` : ''}
exit $failed
`;

async function putAside(
  { object, world, log }: NodeScope,
  { id, name }: Container,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['/bin/sh', '-c', putAsideScript(object.spec.role === 'worker')];
  const { exitCode, stdout, stderr } = await world.containers.exec(id, { argv }, signal);
  // A node that is so broken is made again all the same, on what it has.
  if (exitCode !== 0) log.warn('State of a node could not be put aside', { container: name, output: stderr || stdout });
}

/** Removes what was put aside. To be called when the container is another one. */
export async function sweepUp(world: World, { id }: Container, signal: AbortSignal): Promise<void> {
  await world.containers.exec(id, { argv: ['rm', '-rf', '--one-file-system', ASIDE] }, signal);
}
