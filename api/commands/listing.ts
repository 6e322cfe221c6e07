import type { ResourceType } from '../../controllers/kube/client.ts';
import type { KubeObject, Stored } from '../../controllers/runtime/object.ts';
import { matches, type Choice } from '../choice/choice.ts';
import { notFound } from '../choice/not-found.ts';
import { isForbidden, refusable } from '../refusal.ts';
import type { Scope } from './scope.ts';

/** The caller's own namespace, or everything that they may see. */
export type Where = 'own' | 'visible';

/** The objects of a kind there. Whoever may not see all namespaces sees their own. */
export async function listIn<T extends KubeObject>(
  { kube, caller, signal }: Pick<Scope, 'kube' | 'caller' | 'signal'>,
  type: ResourceType<T>,
  where: Where,
): Promise<readonly Stored<T>[]> {
  const list = async (namespace?: string): Promise<readonly Stored<T>[]> =>
    (await kube.list(type, namespace === undefined ? {} : { namespace }, signal)).items;
  return refusable(`The ${type.plural}`, async () => {
    if (where === 'own') return list(caller.namespace);
    try {
      return await list();
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return list(caller.namespace);
    }
  });
}

/** Where to look, and how what is found there is named. */
export type Load<T> = (where: Where) => Promise<readonly Choice<T>[]>;

/**
 * What the command's names stand for: with -A everything that the caller may see, without names everything in their own
 * namespace. A name is looked for there first, and everywhere only when it is not there. 404 when one stands for nothing.
 */
export async function chosen<T>(
  { command, caller }: Pick<Scope, 'command' | 'caller'>,
  kind: string,
  load: Load<T>,
): Promise<readonly T[]> {
  const { names, options } = command;
  if (options.all === true || names.length === 0) {
    return (await load(options.all === true ? 'visible' : 'own')).map(({ value }) => value);
  }
  const own = matches(names, await load('own'), caller.namespace);
  if (own.every((found) => found.length > 0)) return [...new Set(own.flat())];
  const choices = await load('visible');
  const found = matches(names, choices, caller.namespace);
  const missing = names.filter((_, index) => found[index]?.length === 0);
  if (missing.length > 0) throw notFound(missing, kind, choices, caller.namespace);
  return [...new Set(found.flat())];
}
