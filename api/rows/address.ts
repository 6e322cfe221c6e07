import type { AddressPool } from '../../crds/address-pool.ts';
import { isWithin, parseRange } from '../../crds/ip.ts';
import { isTrue } from '../../controllers/runtime/condition.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { AddressRow } from '../wire/rows.ts';

/** One row for each address, block or range that a pool names; that of its Docker network when it names none. */
export function addressRows(pool: Stored<AddressPool>, held: ReadonlySet<string>): readonly AddressRow[] {
  const { metadata, spec, status } = pool;
  const texts = spec.addresses ?? (status?.subnet === undefined ? [] : [status.subnet]);
  const isReady = metadata.deletionTimestamp === undefined && isTrue(status?.conditions, 'Ready');
  return texts.map((text) => {
    const range = parseRange(text);
    const used = range === undefined ? 0 : [...held].filter((address) => isWithin(range, address)).length;
    const [address = '', prefix] = text.split('/');
    return {
      address,
      prefixlen: prefix === undefined ? (address.includes(':') ? 128 : 32) : Number(prefix),
      ifname: status?.interface ?? '',
      operstate: isReady ? 'UP' : 'DOWN',
      aux: '',
      status: used > 0 ? 1 : 0,
      type: 1,
      pool: metadata.name,
      used,
    };
  });
}
