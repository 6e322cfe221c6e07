import type { KubeObject } from '../runtime/object.ts';
import type { KubeClient, ResourceType } from './client.ts';
import { isNotFound } from './error.ts';
import { resourceTypeOf } from './kinds.ts';
import { groupPath } from './path.ts';

/** Finds out where the kinds of arbitrary manifests live: the built-in ones are known, the others are asked for once. */
export class Discovery {
  readonly #client: KubeClient;
  readonly #found = new Map<string, ResourceType<KubeObject>>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** Rejects when the server does not serve that kind (yet: what is not found is asked for again next time). */
  async resourceTypeOf(
    manifest: Pick<KubeObject, 'apiVersion' | 'kind'>,
    signal: AbortSignal,
  ): Promise<ResourceType<KubeObject>> {
    const { apiVersion, kind } = manifest;
    const known = resourceTypeOf(manifest) ?? this.#found.get(`${apiVersion}/${kind}`);
    if (known !== undefined) return known;
    for (const resource of await this.#resources(apiVersion, signal)) {
      const { name: plural, namespaced } = resource;
      this.#found.set(`${apiVersion}/${resource.kind}`, { apiVersion, kind: resource.kind, plural, namespaced });
    }
    const type = this.#found.get(`${apiVersion}/${kind}`);
    if (type !== undefined) return type;
    throw new Error(
      `The API server serves no kind ${kind} of ${apiVersion}. Apply its CustomResourceDefinition first, or correct the manifest.`,
    );
  }

  async #resources(apiVersion: string, signal: AbortSignal): Promise<readonly Resource[]> {
    try {
      const body = JSON.parse(await this.#client.raw(groupPath(apiVersion), signal)) as { resources: Resource[] };
      return body.resources.filter(({ name }) => !name.includes('/'));
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}
