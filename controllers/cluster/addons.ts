import { parseAllDocuments } from 'yaml';
import { DeploymentType } from '../kube/kinds.ts';
import type { ApplyConfiguration } from '../kube/client.ts';
import { listOf } from './addon-list.ts';

/** Says on the CoreDNS Deployment, which is applied last, that every add-on was, and from which image. */
export const ADDONS_FROM = 'qbo.io/addons-from';
/** Lists there what else was applied and must not go missing: see addon-list.ts. */
export const ADDONS = 'qbo.io/addons';

export const COREDNS = { namespace: 'kube-system', name: 'coredns' } as const;

export interface AddonSources {
  /** kube-proxy and CoreDNS, printed by kubeadm. */
  readonly kubeadm: string;
  /** Pod network and storage class, of the node image. `{{ .PodSubnet }}` stands where the pods' addresses go. */
  readonly image: readonly string[];
}

/** Every object to apply, in order: what others need comes first, the CoreDNS Deployment last. */
export function addonObjects(sources: AddonSources, podCIDR: string, from: string): ApplyConfiguration[] {
  const texts = [...sources.image, sources.kubeadm].map((text) =>
    text.replaceAll(/\{\{-?\s*\.PodSubnet\s*-?\}\}/g, podCIDR),
  );
  const objects = texts.flatMap(documentsOf);
  const marks = { [ADDONS_FROM]: from, [ADDONS]: listOf(objects) };
  return objects
    .map((object) => (isCoreDns(object) ? marked(probedOften(object), marks) : object))
    .sort((a, b) => rank(a) - rank(b));
}

function documentsOf(text: string): ApplyConfiguration[] {
  return parseAllDocuments(text).flatMap((document) => {
    const error = document.errors[0];
    if (error !== undefined) throw new Error(`A manifest of the node image is not valid YAML: ${error.message}`);
    const object = document.toJS() as ApplyConfiguration | null;
    return object === null ? [] : [object];
  });
}

const isCoreDns = ({ kind, metadata }: ApplyConfiguration): boolean =>
  kind === DeploymentType.kind && metadata.name === COREDNS.name && metadata.namespace === COREDNS.namespace;

interface Container {
  readonly readinessProbe?: object;
}

/** kubeadm has CoreDNS asked every 10 s, so a cluster would wait up to 10 s for an answer that is long there. */
function probedOften(object: ApplyConfiguration): ApplyConfiguration {
  const spec = object['spec'] as { template: { spec: { containers: Container[] } } };
  const containers = spec.template.spec.containers.map((container) => ({
    ...container,
    readinessProbe: { ...container.readinessProbe, periodSeconds: 1 },
  }));
  return { ...object, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } } };
}

const marked = (object: ApplyConfiguration, marks: Readonly<Record<string, string>>): ApplyConfiguration => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...marks } },
});

function rank(object: ApplyConfiguration): number {
  if (isCoreDns(object)) return 2;
  return object.kind === 'Namespace' ? 0 : 1;
}
