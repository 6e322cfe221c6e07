import { NodeCondition } from '../../crds/conditions.ts';
import { Annotation, FINALIZER } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Container } from '../backends/containers.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler, reports } from '../runtime/reconciler.ts';
import { clusterOf } from '../world.ts';
import type { World } from '../world.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import { ensureConsent, sayWhatWouldBeLost, unlessReleased } from './phases/adopted.ts';
import { ensureAddress } from './phases/address.ts';
import { ensureBootstrapped } from './phases/bootstrap.ts';
import { ensureCertificates, noteCertificates } from './phases/certificates.ts';
import {
  forgetKubernetesNode,
  keepLastControlPlane,
  leaveCluster,
  removeContainer,
  removeVolumes,
} from './phases/clean-up.ts';
import { ensureCluster } from './phases/cluster.ts';
import { ensureContainer } from './phases/container.ts';
import { ensureHealthy } from './phases/health.ts';
import { ensureImage } from './phases/image.ts';
import { ensurePausedIfAsked, ensureStoppedIfAsked } from './phases/power.ts';
import { ensureServices } from './phases/services.ts';
import { concludeRemediation, ensureRemedied, unlessExhausted } from './phases/remediation.ts';
import { ensureResources } from './phases/resources.ts';
import type { NodeDraft, NodeScope } from './scope.ts';

/**
 * Makes one container be what its Node says. Every phase looks at the world first, takes at most one step, and says
 * what it waits for; the next reconcile goes on from whatever it finds, so dying between any two lines is harmless.
 */
export const nodeReconciler = (world: World): Reconcile =>
  reconciler<Node, NodeDraft, NodeScope>({
    finalizer: FINALIZER,
    pausedAnnotation: Annotation.paused,
    clock: world.clock,
    get: (key) => world.nodes.get(key),
    scope: (base) => {
      let container: Promise<Container | undefined> | undefined;
      const find = async (): Promise<Container | undefined> =>
        base.status.containerID === undefined
          ? undefined
          : await world.containers.find(base.status.containerID, base.signal);
      return {
        ...base,
        world,
        cluster: clusterOf(world, base.object),
        container: () => (container ??= find()),
      };
    },
    phases: [
      reports(NodeCondition.AddressReady, ensureCluster),
      reports(NodeCondition.ContainerReady, ensureConsent),
      // Before the container is looked after: one that is to be restarted or replaced is not.
      reports(NodeCondition.ContainerReady, ensureRemedied),
      reports(NodeCondition.ContainerReady, ensureStoppedIfAsked),
      // An address never moves, and who has a container needs its image no more: so it stays while power is off.
      reports(NodeCondition.AddressReady, ensureAddress, 'kept'),
      reports(NodeCondition.ImageReady, ensureImage, 'kept'),
      reports(NodeCondition.ContainerReady, ensureContainer),
      sayWhatWouldBeLost,
      // It has become a node of its cluster for good: what happens to its container does not change that.
      reports(NodeCondition.Bootstrapped, ensureBootstrapped, 'kept'),
      // Says so of ContainerReady, which has long been True for those who wait for it.
      ensurePausedIfAsked,
      reports(NodeCondition.Healthy, unlessExhausted(ensureServices)),
      ensureCertificates,
      reports(NodeCondition.Healthy, unlessExhausted(ensureHealthy)),
      reports(NodeCondition.ResourcesReady, ensureResources),
      noteCertificates,
      concludeRemediation,
    ],
    cleanUp: [
      ...[keepLastControlPlane, leaveCluster, removeContainer, forgetKubernetesNode].map(unlessReleased),
      removeVolumes,
    ],
    summary: [
      NodeCondition.AddressReady,
      NodeCondition.ImageReady,
      NodeCondition.ContainerReady,
      NodeCondition.Bootstrapped,
      NodeCondition.Healthy,
      NodeCondition.ResourcesReady,
    ],
    writeStatus: statusWriter(world.kube, NodeKind, 'qbo-node'),
    setFinalizers: finalizerWriter(world.kube, NodeKind),
    recheckMs: 30_000,
  });
