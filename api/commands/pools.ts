import { AddressPoolKind, type AddressPool } from '../../crds/address-pool.ts';
import { parseRange, type AddressRange } from '../../crds/ip.ts';
import { KubeApiError } from '../../controllers/kube/error.ts';
import { keyOf, type Stored } from '../../controllers/runtime/object.ts';
import { Failure } from '../failure.ts';
import { shown } from '../wire/shown.ts';
import type { Scope } from './scope.ts';

/** Addresses that a command names, and how it names them. */
export interface Named extends AddressRange {
  readonly text: string;
}

/** @throws Failure for what is no address, block or range */
export const namedRanges = (names: readonly string[]): readonly Named[] =>
  names.map((name) => {
    const text = name.toLowerCase();
    const range = parseRange(text);
    if (range !== undefined) return { ...range, text };
    throw new Failure(
      422,
      `${shown(name)} is no address, block or range: write addresses in short, blocks without host bits as in 192.168.1.0/28, and ` +
        'ranges from the lower to the higher as in 192.168.1.20-192.168.1.29.',
    );
  });

/** What a pool has, as it is written: what it names, or the block of its Docker network. */
export const entriesOf = ({ spec, status }: AddressPool): readonly Named[] =>
  (spec.addresses ?? (status?.subnet === undefined ? [] : [status.subnet])).flatMap((text) => {
    const range = parseRange(text);
    return range === undefined ? [] : [{ ...range, text }];
  });

/** Sets what a pool names, if nobody has changed the pool since it was read. */
export const setAddresses = (
  { kube, work }: Pick<Scope, 'kube' | 'work'>,
  pool: Stored<AddressPool>,
  addresses: readonly string[],
): Promise<Stored<AddressPool>> =>
  kube.mergePatch(
    AddressPoolKind,
    keyOf(pool),
    { metadata: { resourceVersion: pool.metadata.resourceVersion }, spec: { addresses } },
    work,
  );

/** Others may change pools between our look and our change: then they are looked at again. */
const TRIES = 5;

/** Does what `change` does of the pools as they are; again when it met somebody else's change. */
export async function lookingAgain<T>(change: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.code !== 409 || tries === TRIES) throw error;
    }
  }
}
