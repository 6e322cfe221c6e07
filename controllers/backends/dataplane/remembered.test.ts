import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../runtime/clock.ts';
import { Remembered } from './remembered.ts';

const { signal } = new AbortController();

function counting(): { readonly remembered: Remembered<number>; readonly clock: FakeClock; reads(): number } {
  let reads = 0;
  const clock = new FakeClock();
  const remembered = new Remembered(clock, () => Promise.resolve(++reads));
  return { remembered, clock, reads: () => reads };
}

test('while nobody listens, everything is read each time', async () => {
  const { remembered } = counting();
  expect([await remembered.get(signal), await remembered.get(signal)]).toEqual([1, 2]);
});

test('while somebody listens, it is read once, and anew after each change', async () => {
  const { remembered } = counting();
  const listening = remembered.listening();
  expect([await remembered.get(signal), await remembered.get(signal)]).toEqual([1, 1]);
  remembered.forget();
  expect([await remembered.get(signal), await remembered.get(signal)]).toEqual([2, 2]);
  listening.end();
  expect([await remembered.get(signal), await remembered.get(signal)]).toEqual([3, 4]);
});

test('what was being read while something changed is not kept', async () => {
  const reading = Promise.withResolvers<string>();
  const answers = [reading.promise, Promise.resolve('after')];
  const remembered = new Remembered(new FakeClock(), () => answers.shift() ?? Promise.resolve('later'));
  remembered.listening();
  const first = remembered.get(signal);
  remembered.forget();
  reading.resolve('before');
  expect(await first).toBe('before');
  expect(await remembered.get(signal)).toBe('after');
});

test('nothing is believed for longer than ten seconds', async () => {
  const { remembered, clock } = counting();
  remembered.listening();
  await remembered.get(signal);
  await clock.advance(9_999);
  expect(await remembered.get(signal)).toBe(1);
  await clock.advance(1);
  expect(await remembered.get(signal)).toBe(2);
});

describe('while somebody listens, a change of our own', () => {
  async function listening(): Promise<ReturnType<typeof counting>> {
    const made = counting();
    made.remembered.listening();
    await made.remembered.get(signal);
    return made;
  }

  test('is known without reading it, and is not taken for that of another when it is heard of', async () => {
    const { remembered } = await listening();
    await remembered.write(100, () => Promise.resolve());
    remembered.heard();
    expect(await remembered.get(signal)).toBe(100);
    remembered.heard();
    expect(await remembered.get(signal)).toBe(2);
  });

  test('is heard of before it is done as well', async () => {
    const { remembered } = await listening();
    await remembered.write(100, async () => {
      remembered.heard();
    });
    expect(await remembered.get(signal)).toBe(100);
  });

  test('is not believed when somebody else changed something at the same time', async () => {
    const { remembered } = await listening();
    await remembered.write(100, async () => {
      remembered.heard();
      remembered.heard();
    });
    expect(await remembered.get(signal)).toBe(2);
  });

  test('does not make what was known before any fresher', async () => {
    const { remembered, clock } = await listening();
    await clock.advance(9_000);
    await remembered.write(100, () => Promise.resolve());
    remembered.heard();
    expect(await remembered.get(signal)).toBe(100);
    await clock.advance(1_000);
    expect(await remembered.get(signal)).toBe(2);
  });

  test('that failed, or whose beginning was not known, is read', async () => {
    const { remembered } = await listening();
    const failure = new Error('refused');
    await expect(remembered.write(100, () => Promise.reject(failure))).rejects.toBe(failure);
    await remembered.write(100, () => Promise.resolve());
    expect(await remembered.get(signal)).toBe(2);
  });

  test('that is not heard of within two seconds hides no other', async () => {
    const { remembered, clock } = await listening();
    await remembered.write(100, () => Promise.resolve());
    await clock.advance(2_001);
    remembered.heard();
    expect(await remembered.get(signal)).toBe(2);
  });

  test('is not known to whoever was reading while it was made', async () => {
    const reading = Promise.withResolvers<string>();
    const answers = [Promise.resolve('first'), reading.promise];
    const remembered = new Remembered(new FakeClock(), () => answers.shift() ?? Promise.resolve('later'));
    remembered.listening();
    await remembered.get(signal);
    const read = remembered.anew(signal);
    await remembered.write('written', () => Promise.resolve());
    reading.resolve('before');
    expect(await read).toBe('before');
    expect(await remembered.get(signal)).toBe('written');
  });
});
