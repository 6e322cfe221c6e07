import { describe, expect, test } from '@jest/globals';
import { FakeClock, pause, SystemClock } from './clock.ts';

const never = new AbortController().signal;

describe('a fake clock', () => {
  test('stands still until it is moved, and shows the moment of each timer while that fires', async () => {
    const clock = new FakeClock(1000);
    const fired: [string, number, number][] = [];
    clock.after(20, () => fired.push(['b', clock.now(), clock.monotonic()]));
    clock.after(10, () => fired.push(['a', clock.now(), clock.monotonic()]));
    clock.after(20, () => fired.push(['c', clock.now(), clock.monotonic()]));
    await clock.advance(9);
    expect(fired).toEqual([]);
    await clock.advance(100);

    expect(fired).toEqual([
      ['a', 1010, 10],
      ['b', 1020, 20],
      ['c', 1020, 20],
    ]);
    expect(clock.now()).toBe(1109);
  });

  test('fires timers that timers set, and those that promises set in between', async () => {
    const clock = new FakeClock(0);
    const at: number[] = [];
    const tick = async (): Promise<void> => {
      for (let times = 0; times < 3; times += 1) {
        await clock.sleep(10, never);
        at.push(clock.now());
      }
    };
    void tick();
    await clock.advance(100);

    expect(at).toEqual([10, 20, 30]);
  });

  test('comes to any fraction of a millisecond, as who sets a timer for the rest until then expects', async () => {
    const clock = new FakeClock();
    const due = 0.1 + 1e-5;
    let looks = 0;
    const look = (): void => {
      looks += 1;
      if (clock.monotonic() < due && looks < 100) clock.after(due - clock.monotonic(), look);
    };
    clock.after(0.1, look);
    await clock.advance(1);

    expect(looks).toBe(2);
  });

  test('forgets a timer that was cancelled', async () => {
    const clock = new FakeClock();
    let hasFired = false;
    const cancel = clock.after(10, () => {
      hasFired = true;
    });
    cancel();
    cancel();
    await clock.advance(10);

    expect([hasFired, clock.pending]).toEqual([false, 0]);
  });
});

describe('a sleep', () => {
  test('that is aborted rejects with the reason and leaves no timer', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const outcome = expect(clock.sleep(10, stop.signal)).rejects.toThrow('stop');
    stop.abort(new Error('stop'));
    await outcome;

    expect(clock.pending).toBe(0);
    await expect(clock.sleep(10, stop.signal)).rejects.toThrow('stop');
    expect(clock.pending).toBe(0);
  });

  test('as a pause says whether it was slept to the end', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const whole = pause(clock, 10, stop.signal);
    const interrupted = pause(clock, 20, stop.signal);
    await clock.advance(10);
    stop.abort();

    expect([await whole, await interrupted, await pause(clock, 10, stop.signal)]).toEqual([true, false, false]);
  });
});

test('the clock of the system tells the time and fires', async () => {
  const clock = new SystemClock();
  const before = clock.monotonic();
  await clock.sleep(1, never);

  expect(clock.monotonic()).toBeGreaterThan(before);
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
});

test('the clock of the system does not fire at once what lies beyond its longest timer', async () => {
  let hasFired = false;
  const cancel = new SystemClock().after(2 ** 40, () => {
    hasFired = true;
  });
  await new Promise(setImmediate);
  cancel();

  expect(hasFired).toBe(false);
});
