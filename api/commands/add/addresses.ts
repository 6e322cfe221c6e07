import { AddressPoolKind, type AddressPool } from '../../../crds/address-pool.ts';
import { sharesAddress } from '../../../crds/ip.ts';
import { NetworkKind } from '../../../crds/network.ts';
import type { Stored } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';
import { refusable } from '../../refusal.ts';
import { addressesNow, listPools } from '../get/addresses.ts';
import { listIn } from '../listing.ts';
import { entriesOf, lookingAgain, namedRanges, setAddresses, type Named } from '../pools.ts';
import { settle } from '../power.ts';
import { isReady } from '../progress/goal.ts';
import type { Scope } from '../scope.ts';

/** The pool of what is given by this command. Those that are made otherwise have other names. */
const POOL = 'host';
/** As many as a pool may name. */
const MOST = 64;

/** Gives addresses to load balancers: all of them, or none when one can not be given. */
export async function addAddresses(scope: Scope): Promise<void> {
  const wanted = namedRanges(scope.command.names);
  requireApart(wanted);
  const object = await refusable('The addresses', () => lookingAgain(() => give(scope, wanted)));
  await settle(scope, AddressPoolKind, [{ object, wanted: isReady, reached: 'ready', isNew: true }]);
  const texts = new Set(wanted.map(({ text }) => text.split('/')[0]));
  const rows = (await addressesNow(scope)).filter(({ pool, address }) => pool === POOL && texts.has(address));
  scope.reply.send({ addresses: rows });
}

function requireApart(wanted: readonly Named[]): void {
  wanted.forEach((one, index) => {
    const other = wanted.slice(index + 1).find((each) => sharesAddress(each, one));
    if (other === undefined) return;
    throw new Failure(422, `${one.text} and ${other.text} have addresses in common. Name each address once.`);
  });
}

async function give(scope: Scope, wanted: readonly Named[]): Promise<Stored<AddressPool>> {
  const pools = await listPools(scope);
  const networks = await listIn(scope, NetworkKind, 'visible');
  requireFree(wanted, [
    ...pools.flatMap((pool) => entriesOf(pool).map((range) => ({ range, by: `AddressPool ${pool.metadata.name}` }))),
    ...networks.flatMap(({ metadata, spec, status }) =>
      entriesOfNetwork(status?.subnet ?? spec.subnet).map((range) => ({
        range,
        by: `the network of cluster ${metadata.namespace ?? ''}/${spec.cluster}`,
      })),
    ),
  ]);
  const addresses = wanted.map(({ text }) => text);
  const pool = pools.find(({ metadata }) => metadata.name === POOL);
  if (pool === undefined) return create(scope, addresses);
  requireOpen(pool);
  const all = [...(pool.spec.addresses ?? []), ...addresses];
  if (all.length <= MOST) return setAddresses(scope, pool, all);
  throw new Failure(
    422,
    `AddressPool ${POOL} would name ${String(all.length)} addresses and blocks, and ${String(MOST)} are the most. Name blocks or ranges instead of ` +
      'single addresses, or make another AddressPool with kubectl.',
  );
}

const entriesOfNetwork = (subnet: string | undefined): readonly Named[] =>
  subnet === undefined ? [] : namedRanges([subnet]);

interface Taken {
  readonly range: Named;
  readonly by: string;
}

function requireFree(wanted: readonly Named[], taken: readonly Taken[]): void {
  for (const one of wanted) {
    const found = taken.find(({ range }) => sharesAddress(range, one));
    if (found === undefined) continue;
    const what =
      found.range.text === one.text ? `${one.text} is` : `${one.text} has addresses of ${found.range.text}, which is`;
    throw new Failure(
      409,
      `${what} in ${found.by} already. Name others: qbo get networks -A and -H show what is taken.`,
    );
  }
}

function requireOpen({ metadata, spec }: Stored<AddressPool>): void {
  if (metadata.deletionTimestamp !== undefined) {
    throw new Failure(
      409,
      `AddressPool ${POOL} is being deleted: see kubectl describe addresspool ${POOL}. Try again when it is gone.`,
    );
  }
  if (spec.addresses === undefined) {
    throw new Failure(
      409,
      `AddressPool ${POOL} has a Docker network of its own and names no addresses: delete it first, or name addresses in its spec.`,
    );
  }
}

function create({ kube, work }: Scope, addresses: readonly string[]): Promise<Stored<AddressPool>> {
  const { apiVersion, kind } = AddressPoolKind;
  const pool = { apiVersion, kind, metadata: { name: POOL }, spec: { addresses } };
  return kube.create<AddressPool>(AddressPoolKind, pool as AddressPool, work);
}
