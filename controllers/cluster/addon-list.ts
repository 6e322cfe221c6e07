import type { KubeClient, ResourceType } from '../kube/client.ts';
import { DaemonSetType, DeploymentType, ServiceType, StorageClassType } from '../kube/kinds.ts';
import type { KubeObject } from '../runtime/object.ts';

/** Of the add-ons, what does the work. What these need comes back together with them. */
const WORKING: readonly ResourceType<KubeObject>[] = [DaemonSetType, DeploymentType, ServiceType, StorageClassType];

interface Addon {
  readonly type: ResourceType<KubeObject>;
  readonly namespace: string;
  readonly name: string;
}

/** `DaemonSet kube-system/kindnet,StorageClass /standard`: to be found again without reading the manifests. */
export const listOf = (objects: readonly KubeObject[]): string =>
  objects
    .filter(({ apiVersion, kind }) => WORKING.some((type) => type.kind === kind && type.apiVersion === apiVersion))
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
    .sort()
    .join(',');

function parse(list: string): readonly Addon[] {
  return list.split(',').flatMap((entry) => {
    const [, kind, namespace = '', name = ''] = /^(\w+) ([^/]*)\/(.+)$/.exec(entry) ?? [];
    const type = WORKING.find((each) => each.kind === kind);
    return type === undefined ? [] : [{ type, namespace, name }];
  });
}

/** Which of the add-ons of a list are not in the cluster any more, for people: `DaemonSet kindnet`. */
export async function missingAddons(client: KubeClient, list: string, signal: AbortSignal): Promise<readonly string[]> {
  const found = await Promise.all(
    parse(list).map(async ({ type, namespace, name }) => {
      const object = await client.get(type, { namespace, name }, signal);
      return object === undefined ? [`${type.kind} ${name}`] : [];
    }),
  );
  return found.flat();
}
