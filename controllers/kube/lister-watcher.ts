import type { ListerWatcher } from '../runtime/lister-watcher.ts';
import type { KubeObject, Stored } from '../runtime/object.ts';
import type { KubeClient, ListOptions, ResourceType } from './client.ts';

/** Which objects of a kind are of interest. Absent: all. */
export type Scope = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** What a reflector lists and watches: one kind on one server. */
export const listerWatcher = <T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  scope: Scope = {},
): ListerWatcher<Stored<T>> => ({
  list: (request, signal) => client.list(type, { ...scope, ...request }, signal),
  watch: (request, signal) => client.watch(type, { ...scope, ...request }, signal),
});
