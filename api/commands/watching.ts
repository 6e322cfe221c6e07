import { Failure } from '../failure.ts';
import type { LiveKey } from '../views/live-table.ts';
import type { ObjectName } from '../wire/objects.ts';
import type { AddressRow, ClientRow, UserRow } from '../wire/rows.ts';
import { addressesNow } from './get/addresses.ts';
import { userRows } from './get/users.ts';
import { otherOwners } from './owners.ts';
import type { Watch } from './index.ts';
import { polled } from './polled.ts';
import type { Scope } from './scope.ts';

/** What is shown of an object that is watched, in the order of its snapshot. */
const KEYS: Readonly<Partial<Record<ObjectName, readonly LiveKey[]>>> = {
  cluster: ['clusters'],
  node: ['nodes'],
  pod: ['pods'],
  service: ['services'],
  network: ['networks'],
  ipvs: ['ipvs'],
  all: ['clusters', 'nodes', 'pods', 'services', 'networks', 'ipvs'],
};

/** Rows that change, of what the command names. Names are looked for once, so that a wrong one is told and not waited for. */
export async function watching(scope: Scope, find: (scope: Scope) => Promise<'own' | 'visible'>): Promise<Watch> {
  const { command, caller, views, signal } = scope;
  const { object } = command;
  if (object === 'user') return polled(scope, 'users', () => usersNow(scope));
  if (object === 'client') return polled(scope, 'clients', () => clientsNow(scope));
  if (object === 'network' && command.options.host === true)
    return polled(scope, 'addresses', () => addressRowsNow(scope));
  // There are none yet, and when there are, it is known how they change.
  if (object === 'instance') return polled(scope, 'instances', () => Promise.resolve(new Map()));
  const keys = object === undefined ? undefined : KEYS[object];
  if (keys === undefined) throw new Failure(422, `${command.line} can not be watched. Leave out -w.`);
  const where = command.options.all === true || object === 'all' ? 'visible' : await find(scope);
  const others = where === 'own' ? [] : await otherOwners(scope);
  return views.watch({ keys, names: command.names, where, others }, caller, signal);
}

/** Without keys, which have no place in a stream that all sockets of a user may share. */
async function usersNow(scope: Scope): Promise<ReadonlyMap<string, UserRow>> {
  return new Map((await userRows(scope)).map((row) => [row.uuid, row]));
}

const addressRowsNow = async (scope: Scope): Promise<ReadonlyMap<string, AddressRow>> =>
  new Map((await addressesNow(scope)).map((row) => [`${row.pool ?? ''} ${row.address}/${row.prefixlen}`, row]));

const clientsNow = ({ clients, caller }: Scope): Promise<ReadonlyMap<string, ClientRow>> =>
  Promise.resolve(new Map(clients.rows(caller).map((row) => [row.wsi, row])));
