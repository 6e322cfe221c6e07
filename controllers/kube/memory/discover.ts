import { KubeApiError } from '../error.ts';
import { groupPath } from '../path.ts';
import type { KindRegistry } from './kind-rules.ts';

/** Answers the plain paths of a server: its health, and which kinds each of its groups has. */
export function discover(registry: KindRegistry, path: string): string {
  if (['/healthz', '/livez', '/readyz'].includes(path)) return 'ok';
  const types = registry.all().map((rules) => rules.type);
  const found = types.filter(({ apiVersion }) => groupPath(apiVersion) === path);
  const first = found[0];
  if (first === undefined) throw new KubeApiError(404, 'NotFound', '404 page not found');
  return JSON.stringify({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: first.apiVersion,
    resources: found.map(({ kind, plural, namespaced }) => ({ name: plural, kind, namespaced })),
  });
}
