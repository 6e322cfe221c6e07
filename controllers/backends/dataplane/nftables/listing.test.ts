import { expect, test } from '@jest/globals';
import { parseListing } from './listing.ts';

const listing = (...items: readonly object[]): string =>
  JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6', json_schema_version: 1 } }, ...items] });

test('elements are read with what they count, say and lead to', () => {
  const counter = { packets: 3, bytes: 180 };
  const elem = { val: { concat: ['172.31.255.10', 'tcp', 80] }, comment: 'web', counter };
  const map = { family: 'inet', name: 'services4', map: 'verdict', elem: [[{ elem }, { jump: { target: 'svc' } }]] };
  expect(parseListing(listing({ map })).sets.get('services4')).toEqual([
    { key: ['172.31.255.10', 'tcp', '80'], comment: 'web', packets: 3, bytes: 180, chain: 'svc' },
  ]);
});

test('protocols that are numbers, as where their names are not known, are named', () => {
  const set = { name: 'inbound4', elem: [6, 17, 132].map((number) => ({ concat: ['10.0.0.1', number, 80] })) };
  const keys = parseListing(listing({ set }))
    .sets.get('inbound4')
    ?.map(({ key }) => key.join(' '));
  expect(keys).toEqual(['10.0.0.1 tcp 80', '10.0.0.1 udp 80', '10.0.0.1 sctp 80']);
});

test('what packets put into sets is passed over, whatever it looks like', () => {
  const set = { name: 'same', elem: [{ elem: { val: { concat: ['br-a', 'br-a'] }, expires: 5 } }] };
  const map = { name: 'aff-tcp-10.0.0.1-80', elem: [[{ elem: { val: '192.0.2.9', timeout: 60 } }, '1:2']] };
  const { sets } = parseListing(listing({ set }, { map }));
  expect([...sets.values()]).toEqual([[], []]);
});

test('ranges stand for themselves, and rules belong to their chain, in order', () => {
  const prefix = { prefix: { addr: '10.0.0.0', len: 8 } };
  const { sets, chains } = parseListing(
    listing(
      { set: { name: 'clients4', elem: [{ concat: ['172.31.255.10', 'tcp', 80, prefix] }] } },
      { chain: { name: 'arriving', type: 'filter', hook: 'prerouting', prio: -150, policy: 'accept' } },
      { rule: { chain: 'arriving', comment: 'first', expr: [{ accept: null }] } },
      { rule: { chain: 'arriving', expr: [] } },
    ),
  );
  expect(sets.get('clients4')?.[0]?.key).toEqual(['172.31.255.10', 'tcp', '80', '10.0.0.0/8']);
  expect(chains.get('arriving')).toMatchObject({ hook: 'prerouting', priority: -150 });
  expect(chains.get('arriving')?.rules.map(({ comment }) => comment)).toEqual(['first', '']);
});
