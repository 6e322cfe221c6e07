import type { Condition } from '../runtime/condition.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { ResourceType } from './client.ts';

/*
 * The built-in kinds that we use, with the fields that we use of them. `KubeNode` is a machine of a Kubernetes cluster,
 * as opposed to our own `Node`; `KubeEvent` is not the browser's.
 */

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: 'Active' | 'Terminating' };
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface KubeNode extends KubeObject {
  readonly spec?: {
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
  };
  readonly status?: {
    readonly conditions?: readonly CoreCondition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: {
      readonly kubeletVersion: string;
      readonly osImage?: string;
      readonly kernelVersion?: string;
    };
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatable?: Readonly<Record<string, string>>;
  };
}

/** Conditions of the oldest kinds, where most fields may be missing. */
export interface CoreCondition extends Pick<Condition, 'type' | 'status'> {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  /** When it was last said, by a Kubernetes node: to the second. */
  readonly lastHeartbeatTime?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string };
  };
}

export interface Pod extends KubeObject {
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    readonly podIP?: string;
    readonly conditions?: readonly CoreCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly containers: readonly { readonly name: string; readonly image?: string }[];
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: PodTemplate;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly CoreCondition[];
  };
}

export interface DaemonSet extends KubeObject {
  readonly spec?: {
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: PodTemplate;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberReady?: number;
    readonly updatedNumberScheduled?: number;
  };
}

export interface ServiceAccount extends KubeObject {
  readonly imagePullSecrets?: readonly { readonly name: string }[];
}

export interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
    readonly clusterIP?: string;
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
    readonly loadBalancerIP?: string;
    readonly loadBalancerClass?: string;
    readonly loadBalancerSourceRanges?: readonly string[];
    readonly externalTrafficPolicy?: 'Cluster' | 'Local';
    /** With Local: where a node answers whether it has an endpoint. */
    readonly healthCheckNodePort?: number;
    readonly sessionAffinity?: 'None' | 'ClientIP';
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly ServiceIngress[] };
    readonly conditions?: readonly Condition[];
  };
}

export interface ServiceIngress {
  readonly ip?: string;
  readonly hostname?: string;
  /** How each port fares, with an error where it does not work. */
  readonly ports?: readonly { readonly port: number; readonly protocol: string; readonly error?: string }[];
}

/** discovery.k8s.io/v1: some of the endpoints of a Service, which its label `kubernetes.io/service-name` names. */
export interface EndpointSlice extends KubeObject {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly nodeName?: string;
    /** What is absent counts as ready. */
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  }[];
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly reclaimPolicy?: 'Delete' | 'Retain';
  readonly volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer';
}

export interface PersistentVolumeClaim extends KubeObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: { readonly phase?: 'Pending' | 'Bound' | 'Lost' };
}

export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[];
}

export interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: 'User' | 'Group' | 'ServiceAccount';
    readonly name: string;
    readonly namespace?: string;
    readonly apiGroup?: string;
  }[];
}

export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly CoreCondition[] };
}

/** coordination.k8s.io/v1: who leads, and until when. Times are in microseconds: `2026-01-01T00:00:00.000000Z`. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** events.k8s.io/v1: something that a person may want to know about an object. */
export interface KubeEvent extends KubeObject {
  readonly eventTime: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: ObjectReference;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** authentication.k8s.io/v1: a question whose answer comes back as its status; nothing is stored. */
export interface TokenReview extends KubeObject {
  readonly spec: { readonly token: string };
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
    readonly error?: string;
  };
}

/** authorization.k8s.io/v1: likewise, whether somebody may do something. */
export interface SubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly user: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
    readonly nonResourceAttributes: { readonly path: string; readonly verb: string };
  };
  readonly status?: { readonly allowed: boolean; readonly reason?: string };
}

/** authorization.k8s.io/v1: likewise, whether whoever asks may do something. A missing name stands for all names. */
export interface SelfSubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly resourceAttributes: {
      readonly group?: string;
      readonly resource: string;
      readonly verb: string;
      /** Absent or empty: all namespaces. */
      readonly namespace?: string;
      readonly name?: string;
    };
  };
  readonly status?: { readonly allowed: boolean; readonly reason?: string };
}

const CORE = 'v1';
const APPS = 'apps/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';

const namespaced = <T extends KubeObject>(apiVersion: string, kind: string, plural: string): ResourceType<T> => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});
const clusterWide = <T extends KubeObject>(apiVersion: string, kind: string, plural: string): ResourceType<T> => ({
  ...namespaced<T>(apiVersion, kind, plural),
  namespaced: false,
});

export const SecretType = namespaced<Secret>(CORE, 'Secret', 'secrets');
export const ConfigMapType = namespaced<ConfigMap>(CORE, 'ConfigMap', 'configmaps');
export const NamespaceType = clusterWide<Namespace>(CORE, 'Namespace', 'namespaces');
export const KubeNodeType = clusterWide<KubeNode>(CORE, 'Node', 'nodes');
export const PodType = namespaced<Pod>(CORE, 'Pod', 'pods');
export const ServiceType = namespaced<Service>(CORE, 'Service', 'services');
export const EndpointSliceType = namespaced<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');
export const ServiceAccountType = namespaced<ServiceAccount>(CORE, 'ServiceAccount', 'serviceaccounts');
export const PersistentVolumeClaimType = namespaced<PersistentVolumeClaim>(
  CORE,
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const DeploymentType = namespaced<Deployment>(APPS, 'Deployment', 'deployments');
export const DaemonSetType = namespaced<DaemonSet>(APPS, 'DaemonSet', 'daemonsets');
export const StorageClassType = clusterWide<StorageClass>('storage.k8s.io/v1', 'StorageClass', 'storageclasses');
export const RoleType = namespaced<Role>(RBAC, 'Role', 'roles');
export const RoleBindingType = namespaced<RoleBinding>(RBAC, 'RoleBinding', 'rolebindings');
export const ClusterRoleType = clusterWide<Role>(RBAC, 'ClusterRole', 'clusterroles');
export const ClusterRoleBindingType = clusterWide<RoleBinding>(RBAC, 'ClusterRoleBinding', 'clusterrolebindings');
export const LeaseType = namespaced<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');
export const KubeEventType = namespaced<KubeEvent>('events.k8s.io/v1', 'Event', 'events');
export const TokenReviewType = clusterWide<TokenReview>('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews');
export const SubjectAccessReviewType = clusterWide<SubjectAccessReview>(
  'authorization.k8s.io/v1',
  'SubjectAccessReview',
  'subjectaccessreviews',
);
export const SelfSubjectAccessReviewType = clusterWide<SelfSubjectAccessReview>(
  'authorization.k8s.io/v1',
  'SelfSubjectAccessReview',
  'selfsubjectaccessreviews',
);
export const CustomResourceDefinitionType = clusterWide<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
);

const BUILT_IN: readonly ResourceType<KubeObject>[] = [
  SecretType,
  ConfigMapType,
  NamespaceType,
  KubeNodeType,
  PodType,
  ServiceType,
  EndpointSliceType,
  ServiceAccountType,
  PersistentVolumeClaimType,
  DeploymentType,
  DaemonSetType,
  StorageClassType,
  RoleType,
  RoleBindingType,
  ClusterRoleType,
  ClusterRoleBindingType,
  LeaseType,
  KubeEventType,
  CustomResourceDefinitionType,
];

/** Where a built-in kind lives; undefined for the kinds that only the server knows (see `discovery.ts`). */
export const resourceTypeOf = (
  manifest: Pick<KubeObject, 'apiVersion' | 'kind'>,
): ResourceType<KubeObject> | undefined =>
  BUILT_IN.find(({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind);
