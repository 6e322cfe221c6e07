import type { ContainerStatus, Pod, Service } from '../../controllers/kube/kinds.ts';
import type { ObjectMeta, Stored } from '../../controllers/runtime/object.ts';

/** What rows are made from, and no more: a pod as it is takes ten times as much. */

export function slimPod({ apiVersion, kind, metadata, spec, status }: Stored<Pod>): Stored<Pod> {
  const { phase, podIP, containerStatuses, initContainerStatuses } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(metadata),
    spec: { containers: [], ...(spec?.nodeName !== undefined && { nodeName: spec.nodeName }) },
    status: {
      ...(phase !== undefined && { phase }),
      ...(podIP !== undefined && { podIP }),
      ...(containerStatuses && { containerStatuses: containerStatuses.map(slimContainer) }),
      ...(initContainerStatuses && { initContainerStatuses: initContainerStatuses.map(slimContainer) }),
    },
  };
}

export function slimService({ apiVersion, kind, metadata, spec, status }: Stored<Service>): Stored<Service> {
  const { type, clusterIP, externalIPs, externalName, ports } = spec ?? {};
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(metadata),
    spec: {
      ...(type !== undefined && { type }),
      ...(clusterIP !== undefined && { clusterIP }),
      ...(externalIPs && { externalIPs }),
      ...(externalName !== undefined && { externalName }),
      ...(ports && { ports }),
    },
    ...(status && { status }),
  };
}

const slimContainer = ({ name, ready, restartCount, state }: ContainerStatus): ContainerStatus => ({
  name,
  ready,
  restartCount,
  ...(state && { state }),
});

type Known = ObjectMeta & Required<Pick<ObjectMeta, 'uid' | 'resourceVersion' | 'creationTimestamp'>>;

const slimMetadata = ({
  name,
  namespace,
  uid,
  resourceVersion,
  creationTimestamp,
  deletionTimestamp,
}: Known): Known => ({
  name,
  uid,
  resourceVersion,
  creationTimestamp,
  ...(namespace !== undefined && { namespace }),
  ...(deletionTimestamp !== undefined && { deletionTimestamp }),
});
