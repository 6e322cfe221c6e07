import type { Cluster } from '../../crds/cluster.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import { ClusterCondition } from '../../crds/conditions.ts';
import { Annotation, FINALIZER } from '../../crds/names.ts';
import { clusterAccess } from '../access.ts';
import type { ClusterAccess } from '../access.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler, reports } from '../runtime/reconciler.ts';
import { proceed } from '../runtime/step.ts';
import { nodesOf } from '../world.ts';
import type { World } from '../world.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import { available } from './available.ts';
import { summarizeCertificates } from './certificates.ts';
import { ensureAddons, ensureAddonsApplied } from './phases/addons.ts';
import { ensureAdopted } from './phases/adopt.ts';
import { announceReady } from './phases/announce.ts';
import {
  removeControlPlanes,
  removeKubeconfig,
  removeNetwork,
  removeUnseen,
  removeWorkers,
} from './phases/clean-up.ts';
import { ensureApiServerAnswers, ensureControlPlane } from './phases/control-plane.ts';
import { forgetGoneNodes } from './phases/gone-nodes.ts';
import { ensureHostFit } from './phases/host.ts';
import { ensureImage } from './phases/image.ts';
import { ensureKindName } from './phases/kind-name.ts';
import { ensureKubeconfig } from './phases/kubeconfig.ts';
import { ensureNetwork } from './phases/network.ts';
import { ensureNodesReady } from './phases/nodes-ready.ts';
import { ensureNodes } from './phases/nodes.ts';
import { ensureApiServerIsToRun, reportPower } from './phases/power.ts';
import { awaitLoadBalancersGone, dismissLoadBalancers, ensurePublished } from './phases/published.ts';
import { chooseRemediation } from './phases/remediation.ts';
import { ensureSchedulable } from './phases/schedulable.ts';
import type { ClusterDraft, ClusterScope } from './scope.ts';
import { summarizeNodes } from './status.ts';

/** Makes a Kubernetes cluster be what its Cluster says: a network, Nodes in it, and what every cluster needs inside. */
export const clusterReconciler = (world: World): Reconcile =>
  reconciler<Cluster, ClusterDraft, ClusterScope>({
    finalizer: FINALIZER,
    pausedAnnotation: Annotation.paused,
    clock: world.clock,
    get: (key) => world.clusters.get(key),
    scope: (base) => {
      let access: Promise<ClusterAccess | undefined> | undefined;
      return {
        ...base,
        world,
        nodes: nodesOf(world, base.object),
        access: () => (access ??= clusterAccess(world, base.object, base.signal)),
      };
    },
    phases: [
      (scope) => {
        summarizeNodes(scope);
        summarizeCertificates(scope);
        return Promise.resolve(proceed());
      },
      reportPower,
      // Before anything else is made or pulled: without a confirmation nothing may be.
      ensureAdopted,
      chooseRemediation,
      reports(ClusterCondition.HostReady, ensureHostFit),
      reports(ClusterCondition.ImageReady, ensureImage, 'kept'),
      // Written down while the network is awaited, because nodes wait for it.
      ensureKindName,
      reports(ClusterCondition.NetworkReady, ensureNetwork, 'looked at'),
      ensureNodes,
      ensurePublished,
      reports(ClusterCondition.ControlPlaneReady, ensureApiServerIsToRun),
      reports(ClusterCondition.ControlPlaneReady, ensureApiServerAnswers),
      ensureAddonsApplied,
      reports(ClusterCondition.ControlPlaneReady, ensureControlPlane, 'looked at'),
      reports(ClusterCondition.KubeconfigReady, ensureKubeconfig, 'looked at'),
      reports(ClusterCondition.AddonsReady, ensureAddons, 'looked at'),
      ensureSchedulable,
      forgetGoneNodes,
      reports(ClusterCondition.NodesReady, ensureNodesReady, 'looked at'),
      announceReady,
    ],
    cleanUp: [
      dismissLoadBalancers,
      removeWorkers,
      removeControlPlanes,
      removeNetwork,
      awaitLoadBalancersGone,
      removeUnseen,
      removeKubeconfig,
    ],
    summary: [
      ClusterCondition.HostReady,
      ClusterCondition.ImageReady,
      ClusterCondition.NetworkReady,
      ClusterCondition.ControlPlaneReady,
      ClusterCondition.KubeconfigReady,
      ClusterCondition.AddonsReady,
      ClusterCondition.NodesReady,
    ],
    overall: (object, found) => [available(object, nodesOf(world, object), found)],
    writeStatus: statusWriter(world.kube, ClusterKind, 'qbo-cluster'),
    setFinalizers: finalizerWriter(world.kube, ClusterKind),
    recheckMs: 30_000,
  });
