import { AddressPoolKind } from '../../crds/address-pool.ts';
import type { AddressPool } from '../../crds/address-pool.ts';
import { AddressPoolCondition } from '../../crds/conditions.ts';
import { Annotation, FINALIZER } from '../../crds/names.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler, reports } from '../runtime/reconciler.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import type { Balancing, World } from '../world.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import { countAddresses, ensureAddresses } from './phases/addresses.ts';
import { awaitUnused, removeDockerNetwork } from './phases/clean-up.ts';
import { ensureDockerNetwork } from './phases/docker-network.ts';
import type { AddressPoolDraft, AddressPoolScope } from './scope.ts';

/** Says which addresses there are to take, and by which interface; one that names none gets a Docker network of its own. */
export function addressPoolReconciler(world: World, balancing: Balancing): Reconcile {
  const choosing = new Semaphore(1);
  return reconciler<AddressPool, AddressPoolDraft, AddressPoolScope>({
    finalizer: FINALIZER,
    pausedAnnotation: Annotation.paused,
    clock: world.clock,
    get: (key) => balancing.pools.get(key),
    scope: (base) => ({ ...base, world, balancing, choosing }),
    phases: [
      reports(AddressPoolCondition.AddressesReady, ensureDockerNetwork),
      countAddresses,
      reports(AddressPoolCondition.AddressesReady, ensureAddresses),
    ],
    cleanUp: [awaitUnused, removeDockerNetwork],
    summary: [AddressPoolCondition.AddressesReady],
    writeStatus: statusWriter(world.kube, AddressPoolKind, 'qbo-addresspool'),
    setFinalizers: finalizerWriter(world.kube, AddressPoolKind),
    recheckMs: 30_000,
  });
}
