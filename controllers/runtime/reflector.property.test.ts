import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClock } from './clock.ts';
import { silentLogger } from './log.ts';
import { keyOf, keyString } from './object.ts';
import { Reflector } from './reflector.ts';
import { contentsOf, failure, ScriptedServer, type Thing } from './scripted-server.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd');
const fault = fc.constantFrom(
  new Error('read ECONNRESET'),
  failure(410, 'Expired'),
  failure(429, 'TooManyRequests', { retryAfterSeconds: 3 }),
  failure(500, 'InternalError'),
  failure(504, 'Timeout', { message: 'Too large resource version: 7' }),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ put: name }) },
  { weight: 2, arbitrary: fc.record({ remove: name }) },
  { weight: 2, arbitrary: fc.record({ advanceMs: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.record({ drop: fault }) },
  { weight: 1, arbitrary: fc.record({ failWatch: fc.oneof(fault, fc.constantFrom('end' as const, 'hang' as const)) }) },
  { weight: 1, arbitrary: fc.record({ failList: fc.oneof(fault, fc.constantFrom('hang' as const)) }) },
  fc.constantFrom({ compact: true }, { bookmark: true }, { end: true }, { restore: true }, { outage: true }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/* Each kind of step is one line: the table is the test's language. */
const act = async (each: Step, server: ScriptedServer, clock: FakeClock): Promise<void> => {
  if ('put' in each) server.put(each.put);
  if ('remove' in each) server.remove(each.remove);
  if ('drop' in each) server.drop(each.drop);
  if ('failWatch' in each) server.watchFaults.push(each.failWatch);
  if ('failList' in each) server.listFaults.push(each.failList);
  if ('compact' in each) server.compact();
  if ('bookmark' in each) server.bookmark();
  if ('end' in each) server.end();
  if ('restore' in each) await restore(server, clock);
  if ('outage' in each) await outage(server, clock);
  if ('advanceMs' in each) await clock.advance(each.advanceMs);
};

/** A restored server was away for a while: nothing else lets a client notice. */
async function restore(server: ScriptedServer, clock: FakeClock): Promise<void> {
  await outage(server, clock, () => {
    server.restore(['b', 'e']);
  });
}

async function outage(server: ScriptedServer, clock: FakeClock, meanwhile = (): void => undefined): Promise<void> {
  server.down = new Error('connect ECONNREFUSED');
  server.drop();
  meanwhile();
  await clock.advance(700_000);
  server.down = undefined;
}

test('after any history of changes and failures the store equals the server, and the events add up to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (history) => {
      const clock = new FakeClock();
      const server = new ScriptedServer();
      const reflector = new Reflector<Thing>({ name: 'things', source: server, clock, log: silentLogger });
      const told = new Map<string, Thing>();
      reflector.onChange(({ type, object, old }) => {
        const key = keyString(keyOf(object));
        if (type === 'added') expect(told.has(key)).toBe(false);
        else expect(told.get(key)?.metadata.uid).toBe(object.metadata.uid);
        if (type === 'updated') expect(told.get(key)).toBe(old);
        if (type === 'deleted') told.delete(key);
        else told.set(key, object);
      });
      const stop = new AbortController();
      const running = reflector.run(stop.signal);
      for (const each of history) await act(each, server, clock);
      server.watchFaults.length = 0;
      server.listFaults.length = 0;
      await clock.advance(1_000_000);

      expect(contentsOf(reflector.store.list())).toEqual(server.contents());
      expect(contentsOf([...told.values()])).toEqual(server.contents());
      stop.abort();
      await running;
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 150 },
  );
});
