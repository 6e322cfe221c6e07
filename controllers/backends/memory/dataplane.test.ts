import { expect, test } from '@jest/globals';
import { FakeClock } from '../../runtime/clock.ts';
import { dataplaneContract } from '../dataplane.contract.ts';
import type { Desired } from '../dataplane.ts';
import { serviceKey } from '../dataplane.ts';
import { MemoryDataplane } from './dataplane.ts';

const { signal } = new AbortController();

dataplaneContract('the dataplane in memory', () => {
  const dataplane = new MemoryDataplane({ clock: new FakeClock() });
  dataplane.missingInterfaces.add('no-such-if');
  const meddle = (edit: (state: Desired) => Desired): Promise<void> => {
    dataplane.meddle(edit);
    return Promise.resolve();
  };
  return {
    dataplane,
    interfaces: ['br-first', 'br-second'],
    outside: {
      flush: () => meddle(({ addresses }) => ({ addresses, services: [] })),
      removeMember: (service, member) =>
        meddle(({ addresses, services }) => ({
          addresses,
          services: services.map((one) =>
            serviceKey(one) === serviceKey(service)
              ? { ...one, members: one.members.filter(({ address }) => address !== member.address) }
              : one,
          ),
        })),
      removeAddress: (address) =>
        meddle((state) => ({ ...state, addresses: state.addresses.filter((one) => one.address !== address) })),
      makeForeign: () => Promise.resolve(),
      foreign: () => Promise.resolve(''),
      residue: () => Promise.resolve(Object.values(dataplane.state).flat().map(String)),
    },
    writes: () => dataplane.writes,
    finish: (promise) => promise,
  };
});

test('a dataplane that is away says so, and nothing is lost', async () => {
  const dataplane = new MemoryDataplane({ clock: new FakeClock() });
  const desired = { addresses: [{ address: '172.31.255.10', interface: 'br-first' }], services: [] };
  await dataplane.apply(desired, signal);
  const heard = dataplane.changes(signal)[Symbol.asyncIterator]();
  const first = heard.next();
  dataplane.interrupt(true);
  await expect(dataplane.read(signal)).rejects.toMatchObject({ code: 'DataplaneUnavailable' });
  expect(await first).toEqual({ value: undefined, done: true });
  expect(dataplane.state).toEqual(desired);
});

test('what a dataplane lacks is refused in words that name it', async () => {
  const dataplane = new MemoryDataplane({ clock: new FakeClock(), able: { schedulers: ['rr'] } });
  const { refused } = await dataplane.apply(
    {
      addresses: [{ address: '172.31.255.10', interface: 'br-first' }],
      services: [
        {
          owner: 'web',
          protocol: 'TCP',
          address: '172.31.255.10',
          port: 80,
          scheduler: 'wlc',
          forwarding: 'Masquerade',
          members: [],
        },
      ],
    },
    signal,
  );
  expect(refused).toEqual([
    { subject: 'TCP 172.31.255.10:80', why: 'The dataplane in use (Memory) has no scheduler wlc; it has rr.' },
  ]);
});
