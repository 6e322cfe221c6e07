import { expect, test } from '@jest/globals';
import { FakeClock } from '../../../runtime/clock.ts';
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
