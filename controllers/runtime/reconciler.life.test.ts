import { beforeEach, describe, expect, test } from '@jest/globals';
import { breaks, FINALIZER, House, room, says, type RoomScope } from './reconciler.house.ts';
import { reports, type Phase } from './reconciler.ts';
import { failure } from './scripted-server.ts';
import { proceed, waitFor } from './step.ts';

let house: House;
beforeEach(() => {
  house = new House();
});

describe('the finalizer', () => {
  test('is there before anything is made, beside those of others', async () => {
    house.cached = room({ finalizers: ['someone.else'] });
    let isReached = false;
    const build: Phase<RoomScope> = () => {
      isReached = true;
      return Promise.resolve(proceed());
    };
    const pass = house.with({ phases: [build] });

    expect(await pass()).toEqual({});
    expect(house.finalizerWrites).toEqual([['someone.else', FINALIZER]]);
    expect(isReached).toBe(false);
    await pass();
    expect(isReached).toBe(true);
  });

  test('goes only after every clean-up phase has proceeded', async () => {
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z', finalizers: ['someone.else', FINALIZER] });
    const pass = house.with({
      phases: [breaks(new Error('must not be reached'))],
      cleanUp: [says(proceed()), says(waitFor('Draining', 'Two guests are still here', 500), proceed())],
    });

    expect(await pass()).toEqual({ requeueAfterMs: 500 });
    expect(house.finalizerWrites).toEqual([]);
    expect(house.says('Ready')).toBe('False Deleting: Two guests are still here');
    expect(house.says('Deleting')).toBe('True Draining: Two guests are still here');
    expect(await pass()).toEqual({});
    expect(house.finalizerWrites).toEqual([['someone.else']]);
  });

  test('while it stays, nobody says any more how the parts are that were seen before', async () => {
    const phases = [reports('Painted', says(proceed())), reports('Sold', says(proceed()), 'kept')];
    const lit: Phase<RoomScope> = ({ report }) => {
      report({ type: 'Lit', status: 'True', reason: 'Ready', message: '' });
      return Promise.resolve(proceed());
    };
    await house.with({ phases: [...phases, lit] })();
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z', resourceVersion: '9' }, house.cached?.status);
    await house.with({ phases, cleanUp: [says(waitFor('Draining', 'Two guests are still here'))] })();

    expect(house.says('Painted')).toBe('Unknown Deleting: It is being removed');
    expect(house.says('Lit')).toBe('Unknown Deleting: It is being removed');
    expect(house.says('Sold')).toBe('True Ready: ');
  });

  test('stays when a clean-up phase throws, and its words are shown', async () => {
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z' });
    const pass = house.with({ cleanUp: [breaks(new Error('The door is stuck'))] });

    await expect(pass()).rejects.toThrow('The door is stuck');
    expect(house.finalizerWrites).toEqual([]);
    expect(house.says('Ready')).toBe('False Deleting: The door is stuck');
  });

  test('stays when a clean-up phase finds that something else is not there', async () => {
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z' });

    await expect(house.with({ cleanUp: [breaks(failure(404, 'NotFound'))] })()).rejects.toThrow('404');
  });

  test('of an object that is gone already needs no removing', async () => {
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z' });
    house.refusal = failure(404, 'NotFound');

    expect(await house.with({})()).toEqual({});
  });

  test('that is not ours is waited for without a word', async () => {
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z', finalizers: ['someone.else'] });

    expect(await house.with({ cleanUp: [breaks(new Error('must not be reached'))] })()).toEqual({});
    expect([house.writes, house.finalizerWrites]).toEqual([[], []]);
  });

  test('that is refused because the object has changed is tried again', async () => {
    house.cached = room({ finalizers: [] });
    house.refusal = failure(409, 'Conflict');

    expect(await house.with({})()).toEqual({ rateLimited: true });
  });
});

describe('a paused object', () => {
  const paused = { annotations: { 'example.org/paused': '' } };

  test('is left alone and says so once', async () => {
    house.cached = room(paused);
    const pass = house.with({ phases: [breaks(new Error('must not be reached'))] });
    await pass();
    await house.clock.advance(60_000);
    await pass();

    expect(house.writes).toHaveLength(1);
    expect(house.says('Paused')).toMatch(/^True Paused: .*example.org\/paused/);
    expect(house.says('Ready')).toMatch(/^Unknown Paused/);
  });

  test('keeps its Ready, and is not called observed: nobody has looked', async () => {
    const pass = house.with({ phases: [reports('Painted', says(proceed()))], summary: ['Painted'] });
    await pass();
    house.cached = room({ ...paused, generation: 2, resourceVersion: '9' }, house.cached?.status);
    await pass();

    expect(house.says('Ready')).toBe('True Ready: ');
    expect(house.cached.status?.observedGeneration).toBe(1);
  });

  test('is not cleaned up either', async () => {
    house.cached = room({ ...paused, deletionTimestamp: '2026-01-02T00:00:00Z' });
    await house.with({ cleanUp: [breaks(new Error('must not be reached'))] })();

    expect(house.finalizerWrites).toEqual([]);
    expect(house.says('Deleting')).toMatch(/^True Paused: .*example.org\/paused/);
    expect(house.says('Ready')).toMatch(/^False Deleting: /);
  });

  test('that is paused no longer loses the condition and goes on', async () => {
    house.cached = room(paused);
    const pass = house.with({ phases: [reports('Painted', says(proceed()))], summary: ['Painted'] });
    await pass();
    house.cached = room({ annotations: { 'example.org/paused': 'false' }, resourceVersion: '9' }, house.cached.status);
    await pass();

    expect(house.condition('Paused')).toBeUndefined();
    expect(house.says('Ready')).toBe('True Ready: ');
  });
});

describe('the cache', () => {
  test('that has no such object means that there is nothing to do', async () => {
    house.cached = undefined;

    expect(await house.with({ phases: [breaks(new Error('must not be reached'))] })()).toEqual({});
  });

  test('that lags behind our own write does not make us write again', async () => {
    const paint: Phase<RoomScope> = ({ status }) => {
      // An answer that depends on what was written before, as an address that is chosen once does.
      status.colour ??= `colour-${String(house.clock.now())}`;
      return Promise.resolve(proceed());
    };
    house.isCacheBehind = true;
    const pass = house.with({ phases: [reports('Painted', paint)], summary: ['Painted'] });
    await pass();
    await house.clock.advance(60_000);
    await pass();

    expect(house.writes).toHaveLength(1);
  });

  test('that has not heard of a deletion yet does not bring the object back to life', async () => {
    const deletionTimestamp = '2026-01-01T01:00:00Z';
    let isDown = false;
    const made: string[] = [];
    const pass = house.with({
      phases: [
        ({ object }) => {
          made.push(object.metadata.resourceVersion);
          return Promise.resolve(isDown ? waitFor('Drying', 'The paint is wet') : proceed());
        },
      ],
      // The server's answer to a write tells of what the cache has not heard.
      writeStatus: (object) =>
        Promise.resolve({ ...object, metadata: { ...object.metadata, resourceVersion: '5', deletionTimestamp } }),
    });
    await pass();
    expect(made).toEqual(['1']);
    isDown = true;
    await pass();
    expect(house.finalizerWrites).toEqual([[]]);

    // It is gone by now; the cache hears of what was before that, one version after the other.
    house.cached = room({ resourceVersion: '3' });
    await pass();
    expect(made).toEqual(['1']);
  });

  test('that has not heard that an object was let go does not have it cleaned up again, nor anything made for it', async () => {
    house.isCacheBehind = true;
    house.cached = room({ deletionTimestamp: '2026-01-02T00:00:00Z', resourceVersion: '2' });
    let cleanings = 0;
    const clean: Phase<RoomScope> = () => {
      cleanings += 1;
      return Promise.resolve(proceed());
    };
    const pass = house.with({ phases: [breaks(new Error('must not be reached'))], cleanUp: [clean] });
    await pass();
    // Versions from before, one after the other: the status that was written last, and one without the deletion.
    for (const cached of [room({ deletionTimestamp: '2026-01-02T00:00:00Z', resourceVersion: '3' }), room()]) {
      house.cached = cached;
      expect(await pass()).toEqual({});
    }
    expect(cleanings).toBe(1);
    expect(house.finalizerWrites).toHaveLength(1);
  });

  test('that shows another object of the same name is believed', async () => {
    house.isCacheBehind = true;
    const pass = house.with({ phases: [reports('Painted', says(proceed()))], summary: ['Painted'] });
    await pass();
    house.cached = room({ uid: 'uid-2' });
    await pass();

    expect(house.writes).toHaveLength(2);
  });

  test('a status that can not be written because the object is gone is no failure', async () => {
    house.refusal = failure(404, 'NotFound');

    expect(await house.with({})()).toEqual({});
  });

  test('a status that can not be written is tried again', async () => {
    house.refusal = failure(500, 'InternalError');

    await expect(house.with({})()).rejects.toThrow('500');
  });
});
