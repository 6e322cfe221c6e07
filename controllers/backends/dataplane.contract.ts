import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Dataplane, Desired, Forwarding, Member, Protocol, VirtualService } from './dataplane.ts';
import { serviceKey } from './dataplane.ts';
import { canonical } from './dataplane/canonical.ts';

/** What the contract needs besides the dataplane that it is held against. */
export interface DataplaneSubject {
  readonly dataplane: Dataplane;
  /** Two network interfaces that are there. */
  readonly interfaces: readonly [string, string];
  readonly outside: DataplaneOutside;
  /** How many random histories it is to live through; 8 by default. */
  readonly histories?: number;
  /** How often anything was written so far: a request to the kernel, however much was in it. */
  writes(): number;
  /** Waits for a promise, letting time pass where time is not real. */
  finish<T>(promise: Promise<T>): Promise<T>;
}

/** Somebody else's hands in the same network namespace. */
export interface DataplaneOutside {
  /** Removes all rules of ours; addresses may stay. */
  flush(): Promise<void>;
  /** Removes one member of ours. */
  removeMember(service: VirtualService, member: Member): Promise<void>;
  /** Removes an address of ours from its interface. */
  removeAddress(address: string): Promise<void>;
  /** Makes a rule and an address of somebody else, beside ours. */
  makeForeign(): Promise<void>;
  /** What is there of somebody else, in words. */
  foreign(): Promise<string>;
  /** What is there of ours, in words; empty when nothing is. */
  residue(): Promise<readonly string[]>;
}

const VIP = '172.31.255.10';
const OTHER_VIP = '172.31.255.11';
const VIP6 = 'fd00:31:255::10';

/** What every implementation of Dataplane keeps to; each test is one promise of the interface. */
export function dataplaneContract(name: string, makeSubject: () => Promise<DataplaneSubject> | DataplaneSubject): void {
  describe(name, () => {
    const { signal } = new AbortController();
    let subject: DataplaneSubject;
    let forwarding: Forwarding;

    beforeAll(async () => {
      subject = await makeSubject();
      const able = await subject.finish(subject.dataplane.describe(signal));
      forwarding = able.forwarding[0] ?? 'Masquerade';
    });
    const clear = (): Promise<unknown> => apply({ addresses: [], services: [] });
    beforeEach(clear);
    afterEach(clear);

    const apply = (desired: Desired): ReturnType<Dataplane['apply']> =>
      subject.finish(subject.dataplane.apply(desired, signal));
    const read = async (): Promise<Desired> => {
      const { addresses, services } = await subject.finish(subject.dataplane.read(signal));
      return { addresses, services };
    };

    const member = (last: number, weight = 1, port = 30080): Member => ({
      address: `10.99.0.${String(last)}`,
      port,
      weight,
    });
    const service = (more: Partial<VirtualService> = {}): VirtualService => ({
      owner: 'web',
      protocol: 'TCP',
      address: VIP,
      port: 80,
      scheduler: 'rr',
      forwarding,
      members: [member(1), member(2)],
      ...more,
    });
    const desired = (...services: readonly VirtualService[]): Desired => ({
      addresses: [...new Set(services.map(({ address }) => address))].map((address) => ({
        address,
        interface: subject.interfaces[0],
      })),
      services,
    });

    test('it says what it is, why, and what it can do', async () => {
      const able = await subject.finish(subject.dataplane.describe(signal));
      expect(able.why).not.toBe('');
      expect(able.schedulers).toEqual(expect.arrayContaining(['rr', 'wrr', 'sh']));
      expect(able.forwarding).toContain('Masquerade');
      expect(able.protocols).toEqual(expect.arrayContaining(['TCP', 'UDP']));
    });

    test('nothing is there before anything was asked for', async () => {
      expect(await read()).toEqual({ addresses: [], services: [] });
      expect(await subject.outside.residue()).toEqual([]);
    });

    test('what was applied is read back, whatever it says', async () => {
      const wanted = desired(
        service(),
        service({ port: 53, protocol: 'UDP', scheduler: 'wrr', members: [member(1, 3, 30053), member(2, 1, 30053)] }),
        service({ port: 53, owner: 'dns', persistenceSeconds: 300, keepsSource: true }),
        service({
          address: OTHER_VIP,
          scheduler: 'sh',
          sourceRanges: ['192.0.2.0/24', '10.0.0.0/8', '198.51.100.7/32'],
        }),
        service({ port: 81, members: [] }),
        service({ port: 82, members: [member(1, 0)] }),
        service({ port: 83, members: [member(1, 0), member(2, 255), member(3, 17)], scheduler: 'wrr' }),
        service({
          address: VIP6,
          members: [{ address: 'fd00:99::1', port: 30080, weight: 1 }],
          sourceRanges: ['fd00::/8'],
          keepsSource: true,
        }),
      );
      expect(await apply(wanted)).toEqual({ changed: 3 + 8, refused: [] });
      expect(await read()).toEqual(canonical(wanted));
    });

    test('applied again, nothing is written', async () => {
      const wanted = desired(service(), service({ address: OTHER_VIP, persistenceSeconds: 60, keepsSource: true }));
      await apply(wanted);
      const before = subject.writes();
      expect(
        await apply({ addresses: [...wanted.addresses].reverse(), services: [...wanted.services].reverse() }),
      ).toEqual({ changed: 0, refused: [] });
      expect(subject.writes()).toBe(before);
    });

    test('of many services only the one that changed is written', async () => {
      const many = Array.from({ length: 40 }, (_, n) => service({ port: 8000 + n }));
      await apply(desired(...many));
      const next = desired(
        ...many.map((one) => (one.port === 8007 ? { ...one, members: [member(1), member(3)] } : one)),
      );
      expect(await apply(next)).toEqual({ changed: 2, refused: [] });
      expect(await read()).toEqual(canonical(next));
    });

    test('members come, go, and change their weight', async () => {
      for (const members of [[member(1)], [member(1), member(2)], [member(1, 0), member(2, 5)], [member(2, 5)], []]) {
        const wanted = desired(service({ scheduler: 'wrr', members }));
        await apply(wanted);
        expect(await read()).toEqual(canonical(wanted));
      }
    });

    test('a port goes from one owner to another, and from one protocol to another', async () => {
      await apply(desired(service({ owner: 'first' })));
      await apply(desired(service({ owner: 'second' })));
      expect((await read()).services.map(({ owner }) => owner)).toEqual(['second']);
      await apply(desired(service({ owner: 'second', protocol: 'UDP' })));
      expect((await read()).services.map(serviceKey)).toEqual([`UDP ${VIP}:80`]);
    });

    test('the manner of a service changes while it keeps its members', async () => {
      const manners: Partial<VirtualService>[] = [
        { scheduler: 'wrr' },
        { scheduler: 'sh' },
        { persistenceSeconds: 30 },
        { persistenceSeconds: 60, keepsSource: true },
        { sourceRanges: ['10.0.0.0/8'] },
        { sourceRanges: ['10.0.0.0/9', '172.16.0.0/12'], owner: 'other' },
        {},
      ];
      for (const manner of manners) {
        const wanted = desired(service(manner));
        await apply(wanted);
        expect(await read()).toEqual(canonical(wanted));
      }
    });

    test('an address moves to another interface', async () => {
      const [first, second] = subject.interfaces;
      const services = [service()];
      await apply({ addresses: [{ address: VIP, interface: first }], services });
      const moved = { addresses: [{ address: VIP, interface: second }], services };
      await apply(moved);
      expect(await read()).toEqual(canonical(moved));
    });

    test('what it can not do is refused, and the rest is done', async () => {
      const wanted = desired(service(), service({ port: 0 }), service({ port: 70_000 }), service({ owner: 'later' }));
      const answer = await apply({
        addresses: [
          ...wanted.addresses,
          { address: 'not an address', interface: subject.interfaces[0] },
          { address: OTHER_VIP, interface: 'no-such-if' },
        ],
        services: [...wanted.services, service({ address: '172.31.255.99' }), service({ address: OTHER_VIP })],
      });
      expect(answer.refused.map(({ subject: what }) => what).sort()).toEqual(
        [
          'not an address',
          OTHER_VIP,
          `TCP ${OTHER_VIP}:80`,
          'TCP 172.31.255.99:80',
          `TCP ${VIP}:0`,
          `TCP ${VIP}:70000`,
          `TCP ${VIP}:80`,
        ].sort(),
      );
      expect(answer.refused.every(({ why }) => /^[A-Z"].*\.$/.test(why))).toBe(true);
      expect(await read()).toEqual(canonical(desired(service())));
    });

    test('what is not ours stays as it is, from the first rule to the last', async () => {
      await subject.outside.makeForeign();
      const foreign = await subject.outside.foreign();
      await apply(desired(service(), service({ address: OTHER_VIP })));
      await apply(desired(service({ members: [] })));
      expect(await subject.outside.foreign()).toBe(foreign);
      await clear();
      expect(await subject.outside.foreign()).toBe(foreign);
      expect(await read()).toEqual({ addresses: [], services: [] });
    });

    test('nothing of ours stays when nothing is wanted', async () => {
      await apply(desired(service(), service({ address: VIP6, members: [] }), service({ port: 53, protocol: 'UDP' })));
      await clear();
      expect(await read()).toEqual({ addresses: [], services: [] });
      expect(await subject.outside.residue()).toEqual([]);
    });

    test('rules that were flushed come back', async () => {
      const wanted = desired(
        service({ persistenceSeconds: 60, keepsSource: true }),
        service({ port: 81, members: [] }),
      );
      await apply(wanted);
      await subject.outside.flush();
      expect((await read()).services).toEqual([]);
      await apply(wanted);
      expect(await read()).toEqual(canonical(wanted));
    });

    test('what was flushed and is not wanted any more leaves nothing either', async () => {
      await apply(desired(service(), service({ address: OTHER_VIP })));
      await subject.outside.flush();
      await apply(desired(service({ address: OTHER_VIP })));
      await clear();
      expect(await subject.outside.residue()).toEqual([]);
    });

    test('a member that somebody removed comes back, and nothing else is written', async () => {
      const wanted = desired(service(), service({ port: 81 }));
      await apply(wanted);
      await subject.outside.removeMember(service(), member(2));
      expect((await read()).services[0]?.members).toEqual([member(1)]);
      expect((await apply(wanted)).changed).toBe(1);
      expect(await read()).toEqual(canonical(wanted));
    });

    test('an address that somebody removed comes back', async () => {
      const wanted = desired(service());
      await apply(wanted);
      await subject.outside.removeAddress(VIP);
      expect((await read()).addresses).toEqual([]);
      expect((await apply(wanted)).changed).toBe(1);
      expect(await read()).toEqual(canonical(wanted));
    });

    test('changes by another hand are heard of', async () => {
      await apply(desired(service()));
      const stop = new AbortController();
      const heard = subject.dataplane.changes(stop.signal)[Symbol.asyncIterator]();
      let isHeard = false;
      const first = heard.next().then((result) => {
        isHeard = true;
        return result;
      });
      // The stream begins some time after it is asked for.
      while (!isHeard) {
        await apply(desired(service()));
        await subject.outside.removeMember(service(), member(1));
        await subject.finish(Promise.race([first, pause()]));
      }
      expect(await first).toEqual({ value: undefined, done: false });
      const reason = new Error('enough');
      stop.abort(reason);
      await expect(subject.finish(drained(heard))).rejects.toBe(reason);
    });

    test('while changes are listened to, it is what was asked for last too, and what others did is found', async () => {
      const stop = new AbortController();
      const listened = drained(subject.dataplane.changes(stop.signal)[Symbol.asyncIterator]());
      const first = service({ members: [member(1), member(2)] });
      const sticky = service({ port: 81, persistenceSeconds: 60, sourceRanges: ['10.0.0.0/8'] });
      const states = [
        desired(first),
        desired(first, sticky),
        desired(first, { ...sticky, owner: 'other', keepsSource: true }),
        desired({ ...first, members: [member(1), member(3)] }, service({ address: OTHER_VIP })),
        desired(first, sticky),
      ];
      for (const wanted of states) {
        expect((await apply(wanted)).refused).toEqual([]);
        // By what it knows of its own writing, and then by what is read.
        expect((await apply(wanted)).changed).toBe(0);
        expect(await read()).toEqual(canonical(wanted));
      }
      await subject.outside.removeMember(first, member(2));
      // It is told within a second, and not at once.
      while ((await apply(desired(first, sticky))).changed === 0) await subject.finish(pause());
      expect(await read()).toEqual(canonical(desired(first, sticky)));
      stop.abort(new Error('enough'));
      await subject.finish(Promise.allSettled([listened]));
    });

    test('every service has counters, and one that is gone has none', async () => {
      await apply(desired(service(), service({ port: 81 })));
      const { counters } = await subject.finish(subject.dataplane.read(signal));
      expect([...counters.keys()]).toEqual([`TCP ${VIP}:80`, `TCP ${VIP}:81`]);
      expect(counters.get(`TCP ${VIP}:80`)).toEqual({
        connections: 0,
        inbound: { packets: 0, bytes: 0 },
        outbound: { packets: 0, bytes: 0 },
      });
      await apply(desired(service()));
      const after = await subject.finish(subject.dataplane.read(signal));
      expect([...after.counters.keys()]).toEqual([`TCP ${VIP}:80`]);
    });

    test('an abort ends a call with its reason', async () => {
      const reason = new Error('no longer wanted');
      const aborted = AbortSignal.abort(reason);
      await expect(subject.dataplane.describe(aborted)).rejects.toBe(reason);
      await expect(subject.dataplane.read(aborted)).rejects.toBe(reason);
      await expect(subject.dataplane.apply(desired(service()), aborted)).rejects.toBe(reason);
      expect(await read()).toEqual({ addresses: [], services: [] });
    });

    test('after any history it is what was asked for last', async () => {
      const services = fc.uniqueArray(anyService(forwarding), { maxLength: 5, selector: serviceKey });
      await fc.assert(
        fc.asyncProperty(fc.array(services, { minLength: 1, maxLength: 3 }), async (history) => {
          for (const state of history) {
            const wanted = desired(...state);
            expect((await apply(wanted)).refused).toEqual([]);
            expect(await read()).toEqual(canonical(wanted));
          }
        }),
        { numRuns: subject.histories ?? 8, endOnFailure: true },
      );
    });
  });
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

async function drained(iterator: AsyncIterator<void>): Promise<void> {
  while ((await iterator.next()).done !== true) continue;
}

/** Services that every dataplane can do, on few addresses and ports, so that states overlap. */
export const anyService = (forwarding: Forwarding): fc.Arbitrary<VirtualService> =>
  fc.constantFrom(VIP, OTHER_VIP, VIP6).chain((address) => {
    const isSix = address.includes(':');
    const port = fc.constantFrom(80, 443, 5353);
    const member = fc.record({
      address: fc.constantFrom(...[1, 2, 3].map((n) => (isSix ? `fd00:99::${String(n)}` : `10.99.0.${String(n)}`))),
      port: fc.constantFrom(30080, 30443),
      weight: fc.constantFrom(0, 1, 2, 7),
    });
    return fc.record(
      {
        owner: fc.constantFrom('a', 'b-1', '718bef86-7dfe-46c0-bf4e-3dfea83c6c28'),
        protocol: fc.constantFrom<Protocol>('TCP', 'UDP'),
        address: fc.constant(address),
        port,
        scheduler: fc.constantFrom('rr' as const, 'wrr' as const, 'sh' as const),
        forwarding: fc.constant(forwarding),
        persistenceSeconds: fc.constantFrom(30, 60, 10_800),
        sourceRanges: fc.constantFrom(
          [],
          isSix ? ['fd00::/8'] : ['10.0.0.0/8'],
          isSix ? ['fd00:1::/32', 'fd00:2::1/128'] : ['10.0.0.0/8', '192.0.2.0/24'],
        ),
        keepsSource: fc.boolean(),
        members: fc.uniqueArray(member, { maxLength: 4, selector: (one) => `${one.address} ${String(one.port)}` }),
      },
      { requiredKeys: ['owner', 'protocol', 'address', 'port', 'scheduler', 'forwarding', 'members'] },
    );
  });
