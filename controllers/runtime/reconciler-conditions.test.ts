import { beforeEach, describe, expect, test } from '@jest/globals';
import { House, says, type RoomScope } from './reconciler.house.ts';
import { reports, type Phase } from './reconciler.ts';
import { proceed, waitFor, type Step } from './step.ts';

let house: House;
beforeEach(() => {
  house = new House();
});

describe('conditions beside those of phases', () => {
  test('can be reported, and count when the summary names them', async () => {
    const inspect: Phase<RoomScope> = ({ report }) => {
      report({ type: 'Healthy', status: 'False', reason: 'Mould', message: 'There is mould in the corner' });
      return Promise.resolve(proceed());
    };
    await house.with({ phases: [inspect], summary: ['Healthy'] })();

    expect(house.says('Ready')).toBe('False Mould: There is mould in the corner');
  });

  test('of the whole object are found from those of its parts, and follow them', async () => {
    const pass = house.with({
      phases: [reports('Painted', says(proceed(), waitFor('Drying', 'The paint is wet')))],
      overall: (_object, conditions) => [
        {
          type: 'Habitable',
          status: conditions.some(({ type, status }) => type === 'Painted' && status === 'True') ? 'True' : 'False',
          reason: 'Ready',
          message: '',
        },
      ],
    });
    await pass();
    expect(house.says('Habitable')).toBe('True Ready: ');
    await pass();
    expect(house.says('Habitable')).toBe('False Ready: ');
  });

  test('that the summary names and nobody reported leave it open whether the object is ready', async () => {
    await house.with({ phases: [], summary: ['Healthy'] })();

    expect(house.says('Ready')).toMatch(/^Unknown Waiting/);
  });
});

describe('a condition that is there only while it applies', () => {
  const guests = { type: 'Visited', status: 'True', reason: 'Guests', message: 'Two guests' } as const;

  test('goes when a phase takes it back, also one that was said earlier in the same pass', async () => {
    let isOver = false;
    const pass = house.with({
      phases: [
        ({ report }) => {
          report(guests);
          return Promise.resolve(proceed());
        },
        ({ withdraw }) => {
          if (isOver) withdraw('Visited');
          return Promise.resolve(proceed());
        },
      ],
    });
    await pass();
    expect(house.says('Visited')).toBe('True Guests: Two guests');
    isOver = true;
    await pass();
    expect(house.condition('Visited')).toBeUndefined();
  });

  test('stays when a phase says it after another took it back, and has not moved', async () => {
    const pass = house.with({
      phases: [
        ({ report, withdraw }) => {
          withdraw('Visited');
          report(guests);
          return Promise.resolve(proceed());
        },
      ],
    });
    await pass();
    const before = house.condition('Visited');
    await house.clock.advance(5_000);
    await pass();
    expect(house.condition('Visited')).toEqual(before);
    expect(house.writes).toHaveLength(1);
  });
});

describe('a phase for which something becomes due', () => {
  const dueIn =
    (ms: number, step = proceed() as Step): Phase<RoomScope> =>
    ({ lookAgainIn }) => {
      lookAgainIn(ms);
      return Promise.resolve(step);
    };

  test('is looked at again then, though all is well', async () => {
    expect(await house.with({ phases: [dueIn(700), dueIn(900)] })()).toEqual({ requeueAfterMs: 700 });
    expect(await house.with({ phases: [dueIn(70_000)], recheckMs: 30_000 })()).toMatchObject({
      requeueAfterMs: 30_000,
    });
  });

  test('is looked at again then, though another waits for longer', async () => {
    expect(await house.with({ phases: [dueIn(700), says(waitFor('Drying', 'Wet'))] })()).toEqual({
      requeueAfterMs: 700,
    });
    expect(await house.with({ phases: [dueIn(7_000, waitFor('Drying', 'Wet'))] })()).toEqual({ requeueAfterMs: 2_000 });
  });
});
