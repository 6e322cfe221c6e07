import { beforeEach, describe, expect, test } from '@jest/globals';
import { breaks, House, room, says, type RoomScope } from './reconciler.house.ts';
import { reports, type Phase } from './reconciler.ts';
import { failure } from './scripted-server.ts';
import { about, fail, proceed, unknown, waitFor } from './step.ts';

let house: House;
beforeEach(() => {
  house = new House();
});

describe('an object that is well', () => {
  test('is Ready, for the generation that was looked at', async () => {
    house.cached = room({ generation: 7 });
    await house.with({
      phases: [reports('Painted', says(proceed('Blue', 'All walls are blue')))],
      summary: ['Painted'],
    })();

    expect(house.writes).toHaveLength(1);
    expect(house.cached.status).toMatchObject({ observedGeneration: 7 });
    expect(house.condition('Painted')).toMatchObject({ status: 'True', reason: 'Blue', observedGeneration: 7 });
    expect(house.says('Ready')).toBe('True Ready: All walls are blue');
  });

  test('causes no write when nothing has changed, however often and long after it is looked at', async () => {
    const pass = house.with({ phases: [reports('Painted', says(proceed()))], summary: ['Painted'] });
    await pass();
    for (let times = 0; times < 5; times += 1) {
      await house.clock.advance(60_000);
      await pass();
    }

    expect(house.writes).toHaveLength(1);
  });

  test('is looked at again only when that is asked for', async () => {
    expect(await house.with({})()).toEqual({});
    expect(await house.with({ recheckMs: 30_000 })()).toEqual({
      requeueAfterMs: 30_000,
      priority: 'initial',
      spread: 0.2,
    });
  });

  test('keeps what phases wrote into the status, and the cache is left as it was', async () => {
    const before = room({}, { colour: 'red' });
    house.cached = before;
    const paint: Phase<RoomScope> = ({ status, object }) => {
      expect(object.status?.colour).toBe('red');
      status.colour = 'blue';
      return Promise.resolve(proceed());
    };
    await house.with({ phases: [paint] })();

    expect(house.writes[0]?.colour).toBe('blue');
    expect(before.status).toEqual({ colour: 'red' });
  });

  test('begins with the status that its kind gives', async () => {
    await house.with({ initialStatus: () => ({ colour: 'white' }) })();

    expect(house.writes[0]?.colour).toBe('white');
  });
});

describe('a phase that waits', () => {
  test('stops the walk, names what it waits for, and is looked at again in two seconds', async () => {
    let isReached = false;
    const later: Phase<RoomScope> = () => {
      isReached = true;
      return Promise.resolve(proceed());
    };
    const result = await house.with({
      phases: [
        reports('Built', says(proceed())),
        reports('Painted', says(waitFor('Drying', 'The paint is wet'))),
        reports('Furnished', later),
      ],
      summary: ['Built', 'Painted', 'Furnished'],
    })();

    expect(result).toEqual({ requeueAfterMs: 2000 });
    expect(isReached).toBe(false);
    expect(house.says('Built')).toBe('True Ready: ');
    expect(house.says('Painted')).toBe('False Drying: The paint is wet');
    expect(house.says('Furnished')).toBe('Unknown Waiting: Waits for Painted');
    expect(house.says('Ready')).toBe('False Drying: The paint is wet');
  });

  test('because it could not look leaves its condition Unknown, and Ready too', async () => {
    const blind = unknown(waitFor('NobodyHome', 'Nobody opens the door'));
    expect(await house.with({ phases: [reports('Painted', says(blind))], summary: ['Painted'] })()).toEqual({
      requeueAfterMs: 2000,
    });

    expect(house.says('Painted')).toBe('Unknown NobodyHome: Nobody opens the door');
    expect(house.says('Ready')).toBe('Unknown NobodyHome: Nobody opens the door');
  });

  test('with no time at all is looked at again at once', async () => {
    expect(await house.with({ phases: [says(waitFor('Drying', 'Nearly', 0))] })()).toEqual({ requeueAfterMs: 1 });
  });

  test('leaves nobody the word that later conditions are as they were', async () => {
    const pass = house.with({
      phases: [
        reports('Built', says(proceed(), waitFor('Rebuilding', 'The wall is gone'))),
        reports('Painted', says(proceed())),
      ],
      summary: ['Painted'],
    });
    await pass();
    expect(house.says('Ready')).toBe('True Ready: ');
    await pass();

    expect(house.says('Painted')).toBe('Unknown Waiting: Waits for Built');
    expect(house.says('Ready')).toBe('False Rebuilding: The wall is gone');
  });

  test('leaves a condition that is kept, once it was seen', async () => {
    const pass = house.with({
      phases: [
        reports('Built', says(waitFor('Building', 'Brick by brick'), proceed(), waitFor('Rebuilding', 'It is gone'))),
        reports('Sold', says(proceed()), 'kept'),
      ],
    });
    await pass();
    expect(house.says('Sold')).toBe('Unknown Waiting: Waits for Built');
    await pass();
    await pass();

    expect(house.says('Sold')).toBe('True Ready: ');
  });

  test('does not keep those from being looked at that do not depend on it, once they were reached', async () => {
    let looks = 0;
    const looked: Phase<RoomScope> = () => {
      looks += 1;
      return Promise.resolve(looks < 2 ? proceed() : waitFor('Dark', 'The lamp is out', 200));
    };
    const pass = house.with({
      phases: [
        reports('Built', says(waitFor('Building', 'Brick by brick'), proceed(), waitFor('Rebuilding', 'It is gone'))),
        reports('Lit', looked, 'looked at'),
      ],
    });
    await pass();
    expect([looks, house.says('Lit')]).toEqual([0, 'Unknown Waiting: Waits for Built']);
    await pass();
    expect([looks, house.says('Lit')]).toEqual([1, 'True Ready: ']);

    expect(await pass()).toEqual({ requeueAfterMs: 200 });
    expect([looks, house.says('Lit')]).toEqual([2, 'False Dark: The lamp is out']);
    expect(house.says('Ready')).toBe('False Rebuilding: It is gone');
  });

  test('and one that is looked at and breaks: both are said, and the first decides', async () => {
    const pass = house.with({
      phases: [
        reports('Built', says(proceed(), waitFor('Rebuilding', 'It is gone'))),
        reports('Lit', looksThenBreaks(), 'looked at'),
      ],
    });
    await pass();

    expect(await pass()).toEqual({ requeueAfterMs: 2000 });
    expect(house.says('Lit')).toBe('Unknown Error: No ladder');
    expect(house.says('Ready')).toBe('False Rebuilding: It is gone');
  });

  test('behind everything that counts for Ready leaves it Ready', async () => {
    await house.with({
      phases: [reports('Painted', says(proceed())), reports('Admired', says(waitFor('NoGuests', 'Nobody came yet')))],
      summary: ['Painted'],
    })();

    expect(house.says('Ready')).toBe('True Ready: ');
    expect(house.says('Admired')).toBe('False NoGuests: Nobody came yet');
  });

  test('makes the object not Ready when no summary says what counts', async () => {
    await house.with({ phases: [says(waitFor('Drying', 'The paint is wet'))] })();

    expect(house.says('Ready')).toBe('False Drying: The paint is wet');
  });

  test('may speak of another condition than its own', async () => {
    await house.with({
      phases: [reports('Painted', says(about('Delivered', waitFor('OnTheRoad', 'The paint is on its way'))))],
      summary: ['Painted'],
    })();

    expect(house.says('Delivered')).toBe('False OnTheRoad: The paint is on its way');
    expect(house.says('Painted')).toBe('Unknown Waiting: Waits for Delivered');
  });

  test('after another of the same condition: that is not True in between, and its time stands still', async () => {
    const pass = house.with({
      phases: [reports('Painted', says(proceed())), reports('Painted', says(waitFor('Drying', 'The paint is wet')))],
      summary: ['Painted'],
    });
    await pass();
    const before = house.condition('Painted')?.lastTransitionTime;
    await house.clock.advance(60_000);
    await pass();

    expect(house.writes).toHaveLength(1);
    expect(house.condition('Painted')).toMatchObject({ status: 'False', lastTransitionTime: before });
  });
});

function looksThenBreaks(): Phase<RoomScope> {
  let looks = 0;
  return () => {
    looks += 1;
    return looks === 1 ? Promise.resolve(proceed()) : Promise.reject(new Error('No ladder'));
  };
}

test('a condition of two phases is not True before the second was reached', async () => {
  await house.with({
    phases: [
      reports('Painted', says(proceed())),
      reports('Aired', says(waitFor('Raining', 'The window is shut'))),
      reports('Painted', says(proceed())),
    ],
    summary: ['Painted'],
  })();

  expect(house.says('Painted')).toBe('Unknown Waiting: Waits for Aired');
});

describe('a phase that fails', () => {
  test('marks the object as stalled until it no longer fails, and is tried again in half a minute', async () => {
    const pass = house.with({
      phases: [reports('Painted', says(fail('NoPaint', 'The shop is out of blue. Choose another colour'), proceed()))],
      summary: ['Painted'],
    });

    expect(await pass()).toEqual({ requeueAfterMs: 30_000 });
    expect(house.says('Stalled')).toBe('True NoPaint: The shop is out of blue. Choose another colour');
    expect(house.says('Ready')).toBe('False NoPaint: The shop is out of blue. Choose another colour');
    expect(await pass()).toEqual({});
    expect(house.condition('Stalled')).toBeUndefined();
  });
});

describe('a phase that throws', () => {
  test('is retried with backoff, and what it said stands in an Unknown condition', async () => {
    const pass = house.with({
      phases: [reports('Painted', breaks(new Error('The brush broke')))],
      summary: ['Painted'],
    });

    await expect(pass()).rejects.toThrow('The brush broke');
    expect(house.says('Painted')).toBe('Unknown Error: The brush broke');
    expect(house.says('Ready')).toBe('Unknown Error: The brush broke');
    await house.clock.advance(5000);
    await expect(pass()).rejects.toThrow('The brush broke');
    expect(house.writes).toHaveLength(1);
  });

  test('an error that is known and passes by itself gives the condition its reason, and is retried', async () => {
    const error = Object.assign(new Error('The engine does not answer'), {
      retryable: true,
      reason: 'EngineUnavailable',
    });

    await expect(house.with({ phases: [reports('Painted', breaks(error))] })()).rejects.toThrow(error);
    expect(house.says('Painted')).toBe('False EngineUnavailable: The engine does not answer');
    expect(house.condition('Stalled')).toBeUndefined();
  });

  test('an error that is known and needs somebody is like a failure', async () => {
    const error = Object.assign(new Error('Choose another subnet'), { retryable: false, reason: 'SubnetOverlap' });

    expect(await house.with({ phases: [reports('Painted', breaks(error))] })()).toEqual({ requeueAfterMs: 30_000 });
    expect(house.says('Stalled')).toBe('True SubnetOverlap: Choose another subnet');
  });

  test.each<[string, unknown, string]>([
    ['a mistake of ours', new TypeError('x is not a function'), 'Unknown Error: x is not a function'],
    [
      'a reason that is not from our catalogue',
      Object.assign(new Error('no'), { reason: 'Forbidden' }),
      'Unknown Error: no',
    ],
    [
      'a reason that no server would take',
      Object.assign(new Error('odd'), { retryable: true, reason: 'not a word' }),
      'Unknown Error: odd',
    ],
    ['no error at all', 'a string', "Unknown Error: Something that is no Error was thrown: 'a string'"],
    ['nothing', undefined, 'Unknown Error: Something that is no Error was thrown: undefined'],
  ])('%s', async (_name, thrown, expected) => {
    await house
      .with({ phases: [reports('Painted', breaks(thrown))] })()
      .catch(() => undefined);

    expect(house.says('Painted')).toBe(expected);
  });

  test('one that throws before it returns a promise is no different', async () => {
    const phase: Phase<RoomScope> = () => {
      throw new Error('at once');
    };

    await expect(house.with({ phases: [reports('Painted', phase)] })()).rejects.toThrow('at once');
    expect(house.says('Painted')).toBe('Unknown Error: at once');
  });

  test('a conflict is nobody’s fault: nothing is said and it is tried again', async () => {
    const result = await house.with({ phases: [reports('Painted', breaks(failure(409, 'Conflict')))] })();

    expect(result).toEqual({ rateLimited: true });
    expect(house.writes).toEqual([]);
  });

  test('one that hangs is cut short early enough to say so', async () => {
    const hangs: Phase<RoomScope> = async ({ signal }) => {
      await house.clock.sleep(1e9, signal);
      return proceed();
    };
    const pass = house.with({ phases: [reports('Painted', hangs)], summary: ['Painted'] })();
    const outcome = expect(pass).rejects.toThrow('No answer within 50 s');
    await house.clock.advance(50_000);
    await outcome;

    expect(house.says('Ready')).toBe('Unknown Error: No answer within 50 s');
  });

  test('says nothing when the operator is stopping', async () => {
    const interrupted: Phase<RoomScope> = () => {
      house.stop.abort(new Error('stopping'));
      return Promise.reject(new Error('socket closed'));
    };

    await expect(house.with({ phases: [reports('Painted', interrupted)] })()).rejects.toThrow('stopping');
    expect(house.writes).toEqual([]);
  });
});
