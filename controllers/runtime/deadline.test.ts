import { expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { abortable, Deadline, DeadlineExceeded } from './deadline.ts';

const setup = (): { clock: FakeClock; parent: AbortController; deadline: Deadline } => {
  const clock = new FakeClock();
  const parent = new AbortController();
  return { clock, parent, deadline: new Deadline(clock, 100, 'The server was silent for 100 ms', parent.signal) };
};

test('the signal aborts when nothing happened for the whole time, and says so', async () => {
  const { clock, deadline } = setup();
  await clock.advance(99);
  expect(deadline.signal.aborted).toBe(false);
  await clock.advance(1);

  expect(deadline.signal.reason).toEqual(new DeadlineExceeded('The server was silent for 100 ms'));
});

test('every touch begins the time anew', async () => {
  const { clock, deadline } = setup();
  await clock.advance(60);
  deadline.touch();
  await clock.advance(99);

  expect(deadline.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(deadline.signal.aborted).toBe(true);
});

test('the signal aborts with its parent, for the same reason', () => {
  const { clock, parent, deadline } = setup();
  parent.abort(new Error('stop'));

  expect(deadline.signal.reason).toEqual(new Error('stop'));
  expect(clock.pending).toBe(0);
});

test('a deadline of a parent that has aborted already is over at once', () => {
  const clock = new FakeClock();

  expect(new Deadline(clock, 100, '', AbortSignal.abort('stop')).signal.reason).toBe('stop');
  expect(clock.pending).toBe(0);
});

test('a cleared deadline leaves no timer and no longer follows its parent', () => {
  const { clock, parent, deadline } = setup();
  deadline.clear();
  parent.abort();

  expect(clock.pending).toBe(0);
  expect(deadline.signal.aborted).toBe(false);
});

test('abortable does not wait for a promise that never settles', async () => {
  const stop = new AbortController();
  const hanging = abortable(new Promise<never>(() => undefined), stop.signal);
  stop.abort(new Error('stop'));

  await expect(hanging).rejects.toThrow('stop');
});

test('abortable passes on what the promise gives', async () => {
  const never = new AbortController().signal;

  expect(await abortable(Promise.resolve(1), never)).toBe(1);
  await expect(abortable(Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
});
