import { UserCondition } from '../../crds/conditions.ts';
import { Annotation, FINALIZER } from '../../crds/names.ts';
import { UserKind } from '../../crds/user.ts';
import type { User } from '../../crds/user.ts';
import { idOf } from '../identity.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler, reports } from '../runtime/reconciler.ts';
import { proceed } from '../runtime/step.ts';
import type { World } from '../world.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import { ensureAllowed, ensureBindings } from './phases/access.ts';
import { ensureAccount } from './phases/account.ts';
import { awaitClustersGone, removeAccess, removeNamespace } from './phases/clean-up.ts';
import { ensureNamespace } from './phases/namespace.ts';
import type { UserDraft, UserScope } from './scope.ts';

/** Gives a person a namespace, rights in it and a service account; takes the latter two away when they are to go. */
export const userReconciler = (world: World): Reconcile =>
  reconciler<User, UserDraft, UserScope>({
    finalizer: FINALIZER,
    pausedAnnotation: Annotation.paused,
    clock: world.clock,
    get: (key) => world.users.get(key),
    scope: (base) => ({ ...base, world }),
    phases: [
      ({ object, status }) => {
        status.uuid = idOf(object);
        return Promise.resolve(proceed());
      },
      reports(UserCondition.AccessReady, ensureAllowed),
      reports(UserCondition.NamespaceReady, ensureNamespace, 'kept'),
      reports(UserCondition.AccessReady, ensureBindings),
      reports(UserCondition.AccountReady, ensureAccount),
    ],
    cleanUp: [removeAccess, awaitClustersGone, removeNamespace],
    summary: [UserCondition.NamespaceReady, UserCondition.AccessReady, UserCondition.AccountReady],
    writeStatus: statusWriter(world.kube, UserKind, 'qbo-user'),
    setFinalizers: finalizerWriter(world.kube, UserKind),
    recheckMs: 60_000,
  });
