import { NodeCondition } from '../../crds/conditions.ts';
import { Annotation, FINALIZER } from '../../crds/names.ts';
import type { Node } from '../../crds/node.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Container } from '../backends/containers.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { reconciler } from '../runtime/reconciler.ts';
import { clusterOf } from '../world.ts';
import type { World } from '../world.ts';
import { finalizerWriter, statusWriter } from '../writers.ts';
import { unlessReleased } from './phases/adopted.ts';
import { forgetKubernetesNode, leaveCluster, removeContainer, removeVolumes } from './phases/clean-up.ts';
import { awaitConnections } from './phases/connections.ts';
import { keepLastControlPlane } from './last-control-plane.ts';
import { LIFE } from './life.ts';
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
    phases: LIFE,
    cleanUp: [
      ...[keepLastControlPlane, awaitConnections, leaveCluster, removeContainer, forgetKubernetesNode].map(
        unlessReleased,
      ),
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
