import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Capabilities, VirtualService } from '../dataplane.ts';
import { FORWARDING, PROTOCOLS, SCHEDULERS, serviceKey } from '../dataplane.ts';
import { admit, familyOf } from './admission.ts';

const able: Capabilities = {
  kind: 'IPVS',
  why: '',
  schedulers: SCHEDULERS,
  forwarding: FORWARDING,
  protocols: PROTOCOLS,
};
const VIP = '172.31.255.10';
const web: VirtualService = {
  owner: 'web',
  protocol: 'TCP',
  address: VIP,
  port: 80,
  scheduler: 'rr',
  forwarding: 'Masquerade',
  members: [{ address: '10.0.0.1', port: 30080, weight: 1 }],
};
const addresses = [{ address: VIP, interface: 'eth0' }];
const member = { address: '10.0.0.1', port: 80, weight: 1 };

const refusalOf = (more: Partial<VirtualService>, can: Partial<Capabilities> = {}): string | undefined =>
  admit({ addresses, services: [{ ...web, ...more }] }, { ...able, ...can }).refused[0]?.why;

test.each<[string, Partial<VirtualService>, RegExp]>([
  ['an address that is not bound', { address: '172.31.255.11' }, /172\.31\.255\.11 is not one that is to be bound/],
  ['port 0', { port: 0 }, /Port 0 is not between/],
  ['port 70000', { port: 70_000 }, /Port 70000/],
  ['half a port', { port: 80.5 }, /Port 80\.5/],
  ['an owner that is a command', { owner: '"; flush ruleset; "' }, /is no id of an owner/],
  ['a negative persistence', { persistenceSeconds: -1 }, /persistence of -1 s/],
  ['a range with host bits', { sourceRanges: ['10.0.0.1/8'] }, /"10\.0\.0\.1\/8" is no CIDR/],
  ['a range that is a command', { sourceRanges: ['10.0.0.0/8 } accept; {'] }, /is no CIDR/],
  ['a range of the other family', { sourceRanges: ['fd00::/8'] }, /"fd00::\/8" is no CIDR/],
  [
    'a member of the other family',
    { members: [{ ...member, address: 'fd00::1' }] },
    /\[fd00::1\]:80 is no address of the family/,
  ],
  ['a member with a name', { members: [{ ...member, address: 'localhost' }] }, /localhost:80 is no address/],
  ['a member with weight 256', { members: [{ ...member, weight: 256 }] }, /weight 256/],
  ['a member that is there twice', { members: [member, { ...member, weight: 2 }] }, /is there twice/],
  ['a port that is not translated', { forwarding: 'Direct' }, /another port than its service/],
])('%s is refused', (_, more, why) => {
  expect(refusalOf(more)).toMatch(why);
});

test('why an address can not be bound is told of its services as well', () => {
  const unbound = [{ subject: VIP, why: 'The host has this address itself, on interface eth0.' }];
  expect(admit({ addresses: [], services: [web] }, able, unbound).refused).toEqual([
    ...unbound,
    {
      subject: `TCP ${VIP}:80`,
      why: `Its address ${VIP} can not be bound: The host has this address itself, on interface eth0.`,
    },
  ]);
});

test('what is right is admitted, with nothing said', () => {
  expect(refusalOf({})).toBeUndefined();
  expect(refusalOf({ forwarding: 'Direct', members: [member] })).toBeUndefined();
  expect(refusalOf({ sourceRanges: ['0.0.0.0/0', '198.51.100.7/32'], persistenceSeconds: 10_800 })).toBeUndefined();
});

test('what the dataplane lacks is named with what it has', () => {
  expect(refusalOf({ scheduler: 'wlc' }, { schedulers: ['rr'] })).toBe(
    'The dataplane in use (IPVS) has no scheduler wlc; it has rr.',
  );
  expect(refusalOf({ protocol: 'SCTP' }, { protocols: ['TCP', 'UDP'] })).toMatch(/no protocol SCTP/);
  expect(refusalOf({ forwarding: 'Tunnel' }, { forwarding: ['Masquerade'] })).toMatch(/no forwarding method Tunnel/);
});

test('of two that want one address and port, the first has it', () => {
  const { desired, refused } = admit({ addresses, services: [web, { ...web, owner: 'later' }] }, able);
  expect(desired.services.map(({ owner }) => owner)).toEqual(['web']);
  expect(refused).toEqual([
    { subject: serviceKey(web), why: 'Another service has this address, protocol and port already.' },
  ]);
});

test('nothing that is admitted can end a line or a statement of a script', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (owner, address, name) => {
      const service = { ...web, owner, address, sourceRanges: [name], members: [{ ...member, address: name }] };
      const { desired } = admit({ addresses: [{ address, interface: name }], services: [service] }, able);
      for (const bound of desired.addresses) expect(`${bound.address}${bound.interface}`).toMatch(/^[\w.:@-]+$/);
      for (const one of desired.services) expect(one.owner).toMatch(/^[\w.-]+$/);
    }),
  );
});

test('an address has one way to be written', () => {
  expect(['10.0.0.1', '2001:db8::1'].map(familyOf)).toEqual([4, 6]);
  for (const other of ['10.0.0.01', '10.1', '2001:DB8::1', '2001:db8:0::1', '::ffff:10.0.0.1%eth0', '', 'x'])
    expect(familyOf(other)).toBeUndefined();
});
