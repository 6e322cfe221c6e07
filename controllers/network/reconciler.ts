import { NetworkCondition } from '../../crds/conditions.ts';
import type { Network } from '../../crds/network.ts';
import { NetworkKind } from '../../crds/network.ts';
import { FINALIZER, Annotation } from '../../crds/names.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler, reports } from '../runtime/reconciler.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import type { World } from '../world.ts';
import { ensureAddresses } from './phases/addresses.ts';
import { awaitNodesGone, removeDockerNetwork } from './phases/clean-up.ts';
import { ensureDockerNetwork } from './phases/docker-network.ts';
import { detachManagement, ensureManagementAttached } from './phases/management.ts';
import type { NetworkDraft, NetworkScope } from './scope.ts';

/** Makes one Docker network be what its Network says, and keeps the book of the addresses in it. */
export function networkReconciler(world: World): Reconcile {
  const choosing = new Semaphore(1);
  return reconciler<Network, NetworkDraft, NetworkScope>({
    finalizer: FINALIZER,
    pausedAnnotation: Annotation.paused,
    clock: world.clock,
    get: (key) => world.networks.get(key),
    scope: (base) => ({ ...base, world, choosing }),
    phases: [
      reports(NetworkCondition.DockerNetworkReady, ensureDockerNetwork),
      ensureManagementAttached,
      reports(NetworkCondition.SubnetReady, ensureAddresses),
    ],
    cleanUp: [awaitNodesGone, detachManagement, removeDockerNetwork],
    summary: [NetworkCondition.DockerNetworkReady, NetworkCondition.SubnetReady],
    writeStatus: statusWriter(world.kube, NetworkKind, 'qbo-network'),
    setFinalizers: finalizerWriter(world.kube, NetworkKind),
    recheckMs: 30_000,
  });
}
