import { Failure } from '../failure.ts';
import type { LiveKey } from '../views/live-table.ts';
import type { ObjectName } from '../wire/objects.ts';
import { otherOwners } from './owners.ts';
import type { Watch } from './index.ts';
import type { Scope } from './scope.ts';

/** What is shown of an object that is watched, in the order of its snapshot. */
const KEYS: Readonly<Partial<Record<ObjectName, readonly LiveKey[]>>> = {
  cluster: ['clusters'],
  node: ['nodes'],
  pod: ['pods'],
  service: ['services'],
  network: ['networks'],
  all: ['clusters', 'nodes', 'pods', 'services', 'networks'],
};

/** Rows that change, of what the command names. Names are looked for once, so that a wrong one is told and not waited for. */
export async function watching(scope: Scope, find: (scope: Scope) => Promise<'own' | 'visible'>): Promise<Watch> {
  const { command, caller, views, signal } = scope;
  const keys = command.object === undefined ? undefined : KEYS[command.object];
  if (keys === undefined) {
    throw new Failure(
      422,
      `${command.line} can not be watched: clusters, nodes, pods, services, networks and all can. Leave out -w.`,
    );
  }
  const where = command.options.all === true || command.object === 'all' ? 'visible' : await find(scope);
  const others = where === 'own' ? [] : await otherOwners(scope);
  return views.watch({ keys, names: command.names, where, others }, caller, signal);
}
