import { expect, test } from '@jest/globals';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { Shared } from './shared.ts';

function begin() {
  const clock = new FakeClock();
  const closed: string[] = [];
  let made = 0;
  const shared = new Shared<string>(clock, 1_000, (value) => closed.push(value));
  const lease = (key: string) => shared.lease(key, () => `${key}${String(++made)}`);
  return { clock, closed, shared, lease };
}

test('all who want the same have the same, and it is closed some time after the last has let go', async () => {
  const { clock, closed, shared, lease } = begin();
  const one = lease('a');
  const two = lease('a');
  expect(two.value).toBe(one.value);
  expect(lease('b').value).toBe('b2');
  one.release();
  one.release();
  await clock.advance(5_000);
  expect(closed).toEqual([]);
  two.release();
  await clock.advance(999);
  expect(closed).toEqual([]);
  await clock.advance(1);
  expect(closed).toEqual(['a1']);
  expect(shared.size).toBe(1);
});

test('whoever comes back in time finds it as it was', async () => {
  const { clock, closed, lease } = begin();
  lease('a').release();
  await clock.advance(900);
  const again = lease('a');
  expect(again.value).toBe('a1');
  await clock.advance(5_000);
  expect(closed).toEqual([]);
});

test('what was discarded is there for those who have it, and for nobody else', async () => {
  const { clock, closed, shared, lease } = begin();
  const one = lease('a');
  shared.discard('a', one.value);
  const two = lease('a');
  expect(two.value).toBe('a2');
  one.release();
  expect(closed).toEqual(['a1']);
  two.release();
  shared.discard('a', two.value);
  expect(closed).toEqual(['a1', 'a2']);
  await clock.advance(5_000);
  expect(closed).toEqual(['a1', 'a2']);
});

test('closing closes everything, once', async () => {
  const { clock, closed, shared, lease } = begin();
  lease('a');
  lease('b').release();
  shared.close();
  await clock.advance(5_000);
  expect(closed).toEqual(['a1', 'b2']);
  expect(clock.pending).toBe(0);
});
