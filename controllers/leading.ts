import type { Containers } from './backends/containers.ts';
import type { Dataplane } from './backends/dataplane.ts';
import type { WorkloadClusters } from './backends/workload-clusters.ts';
import type { KubeClient } from './kube/client.ts';

/** The ways out through which a replica acts. */
export interface WaysOut {
  readonly kube: KubeClient;
  readonly containers: Containers;
  readonly workloads: WorkloadClusters;
  readonly dataplane: Dataplane;
}

const WRITES: ReadonlySet<PropertyKey> = new Set<keyof KubeClient>([
  'apply',
  'create',
  'update',
  'mergePatch',
  'delete',
  'evict',
  'requestToken',
]);

/**
 * The same ways out, each asking `assertLeading` at the moment of the call. A process that was frozen goes on in the middle
 * of a reconcile, before any timer could tell it that its lease is long another's; here it is stopped at the next thing
 * that it would do. What was sent before is not called back: see LeaderElector.
 */
export function onlyWhileLeading(
  { kube, containers, workloads, dataplane }: WaysOut,
  assertLeading: () => void,
): WaysOut {
  const writing = (client: KubeClient): KubeClient => guarded(client, (method) => WRITES.has(method), assertLeading);
  return {
    kube: writing(kube),
    containers: guarded(containers, () => true, assertLeading),
    dataplane: guarded(dataplane, (method) => method === 'apply', assertLeading),
    workloads: {
      connect: (kubeconfig) => writing(workloads.connect(kubeconfig)),
      close: () => {
        workloads.close();
      },
    },
  };
}

function guarded<T extends object>(target: T, isGuarded: (method: PropertyKey) => boolean, guard: () => void): T {
  return new Proxy(target, {
    get: (_, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member === 'object' && member !== null) return guarded(member, isGuarded, guard);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (isGuarded(property)) guard();
        return Reflect.apply(member, target, args);
      };
    },
  });
}
