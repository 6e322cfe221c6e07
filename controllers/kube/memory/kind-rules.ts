import type { KubeObject } from '../../runtime/object.ts';
import type { ResourceType } from '../client.ts';
import { KubeApiError } from '../error.ts';
import * as kinds from '../kinds.ts';
import type { ListRules } from './field-path.ts';

/** What admission makes of a write: the object with its defaults and without unknown fields, or what is wrong with it. */
export type Admission =
  | { readonly ok: true; readonly object: object }
  | { readonly ok: false; readonly issues: readonly { readonly path: string; readonly message: string }[] };

/** How the server treats a kind. A plain ResourceType is one with all defaults, which are those of custom resources. */
export interface KindRules {
  readonly type: ResourceType<KubeObject>;
  /** Status is written only through `/status`, and nothing else is. Default true. */
  readonly statusSubresource?: boolean;
  /** Status given at creation is kept, as it is for machines that register themselves. Default false. */
  readonly statusOnCreate?: boolean;
  /** Counts changes of what is neither metadata nor status. Default true. */
  readonly generation?: boolean;
  /** May be replaced without saying which version is replaced. Default false. */
  readonly unconditionalUpdate?: boolean;
  /** What a name may be. Default: a DNS subdomain (RFC 1123). */
  readonly name?: RegExp;
  /** Lists that merge; those of metadata, and `status.conditions` by type, are known. */
  readonly lists?: ListRules;
  /** Fields that it can be selected by, besides name and namespace. */
  readonly selectableFields?: readonly string[];
  /** Defaults, pruning and validation; `oldObject` is the stored one on an update. */
  readonly admit?: (object: unknown, oldObject: KubeObject | undefined) => Admission;
}

export type CompleteRules = Required<Omit<KindRules, 'admit'>> & Pick<KindRules, 'admit'>;

const COMMON_LISTS: ListRules = {
  'metadata.finalizers': 'set',
  'metadata.ownerReferences': ['uid'],
  'status.conditions': ['type'],
};

const POD_LISTS = (prefix: string): ListRules => ({
  [`${prefix}.containers`]: ['name'],
  [`${prefix}.initContainers`]: ['name'],
  [`${prefix}.volumes`]: ['name'],
  [`${prefix}.containers.env`]: ['name'],
  [`${prefix}.containers.ports`]: ['containerPort', 'protocol'],
  [`${prefix}.containers.volumeMounts`]: ['mountPath'],
});

const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

const object = (type: ResourceType<KubeObject>, rules: Omit<KindRules, 'type'> = {}): KindRules => ({
  statusSubresource: false,
  generation: false,
  unconditionalUpdate: true,
  ...rules,
  type,
});
const workload = (type: ResourceType<KubeObject>): KindRules =>
  object(type, { statusSubresource: true, generation: true, lists: POD_LISTS('spec.template.spec') });

const rbac = (type: ResourceType<KubeObject>): KindRules => object(type, { name: PATH_SEGMENT });

/** `stringData` can only be written: it becomes `data`. */
function encodedSecret(object: unknown): Admission {
  const { stringData = {}, ...secret } = object as kinds.Secret & { readonly stringData?: Record<string, string> };
  const texts = Object.entries(stringData).map(([name, text]) => [name, Buffer.from(text).toString('base64')] as const);
  return {
    ok: true,
    object: texts.length === 0 ? secret : { ...secret, data: { ...secret.data, ...Object.fromEntries(texts) } },
  };
}

const BUILT_IN: readonly KindRules[] = [
  object(kinds.SecretType, { selectableFields: ['type'], admit: encodedSecret }),
  object(kinds.ConfigMapType),
  object(kinds.NamespaceType, { statusSubresource: true }),
  object(kinds.KubeNodeType, {
    statusSubresource: true,
    statusOnCreate: true,
    lists: { 'status.addresses': ['type'] },
    selectableFields: ['spec.unschedulable'],
  }),
  object(kinds.PodType, {
    statusSubresource: true,
    generation: true,
    lists: POD_LISTS('spec'),
    selectableFields: ['spec.nodeName', 'status.phase', 'status.podIP'],
  }),
  object(kinds.ServiceType, { statusSubresource: true, lists: { 'spec.ports': ['port', 'protocol'] } }),
  object(kinds.EndpointSliceType),
  object(kinds.ServiceAccountType),
  object(kinds.PersistentVolumeClaimType, { statusSubresource: true }),
  workload(kinds.DeploymentType),
  workload(kinds.DaemonSetType),
  object(kinds.StorageClassType),
  rbac(kinds.RoleType),
  rbac(kinds.RoleBindingType),
  rbac(kinds.ClusterRoleType),
  rbac(kinds.ClusterRoleBindingType),
  object(kinds.LeaseType, { unconditionalUpdate: false }),
  object(kinds.KubeEventType, {
    selectableFields: ['type', 'reason', 'regarding.kind', 'regarding.name', 'regarding.namespace', 'regarding.uid'],
  }),
  object(kinds.CustomResourceDefinitionType, { statusSubresource: true, generation: true, unconditionalUpdate: false }),
];

/** The kinds that one server knows. */
export class KindRegistry {
  readonly #rules = new Map<string, CompleteRules>();

  constructor(kinds: readonly KindRules[]) {
    for (const rules of [...BUILT_IN, ...kinds]) this.#rules.set(kindId(rules.type), complete(rules));
  }

  /** Throws 404 for a kind that is not known, as a server does when a custom resource definition is missing. */
  rulesOf(type: ResourceType<KubeObject>): CompleteRules {
    const rules = this.#rules.get(kindId(type));
    if (rules?.type.plural === type.plural) return rules;
    throw new KubeApiError(404, 'NotFound', 'the server could not find the requested resource');
  }

  all(): CompleteRules[] {
    return [...this.#rules.values()];
  }
}

/** Names a kind within a server. */
export const kindId = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string =>
  `${apiVersion}/${kind}`;

const complete = (rules: KindRules): CompleteRules => ({
  statusSubresource: true,
  statusOnCreate: false,
  generation: true,
  unconditionalUpdate: false,
  name: DNS_SUBDOMAIN,
  ...rules,
  lists: { ...COMMON_LISTS, ...rules.lists },
  selectableFields: ['metadata.name', 'metadata.namespace', ...(rules.selectableFields ?? [])],
});
