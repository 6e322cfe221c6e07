import { describe, expect, test } from '@jest/globals';

import { createProgress, describeFailure, formatDuration, type ProgressOutput } from './progress.ts';
import { RunError } from './run.ts';

/** An output whose time passes only when told, and which calls its ticks then. */
function fakeOutput(isTTY: boolean): ProgressOutput & { text: () => string; pass: (ms: number) => void } {
  let written = '';
  let time = 0;
  const timers = new Set<{ intervalMs: number; next: number; tick: () => void }>();
  return {
    isTTY,
    columns: () => 60,
    now: () => time,
    write: (text) => {
      written += text;
    },
    every: (intervalMs, tick) => {
      const timer = { intervalMs, next: time + intervalMs, tick };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    text: () => written,
    pass: (ms) => {
      time += ms;
      for (const timer of timers) {
        for (; timer.next <= time; timer.next += timer.intervalMs) timer.tick();
      }
    },
  };
}

describe('progress in a log', () => {
  test('says every 15 seconds what is being done, for how long, and the last line of output', async () => {
    const output = fakeOutput(false);

    await createProgress(output)('Build', (report) => {
      report('compiling a');
      report('compiling b');
      output.pass(16_000);
      return Promise.resolve();
    });

    expect(output.text()).toBe('  … Build (16.0 s): compiling b\n  ✓ Build (16.0 s)\n');
  });

  test('a quick step is one line', async () => {
    const output = fakeOutput(false);

    expect(await createProgress(output)('Look', () => Promise.resolve(42))).toBe(42);

    expect(output.text()).toBe('  ✓ Look (0.0 s)\n');
  });

  test('a step that found its result says so', async () => {
    const output = fakeOutput(false);

    await createProgress(output)('Build', (report) => {
      report.cached('same inputs');
      return Promise.resolve();
    });

    expect(output.text()).toBe('  ✓ Build (cached: same inputs)\n');
  });

  test('a failed step is marked, stops its ticks and throws on', async () => {
    const output = fakeOutput(false);

    const failing = createProgress(output)('Build', () => Promise.reject(new Error('no disk')));

    await expect(failing).rejects.toThrow('no disk');
    output.pass(60_000);
    expect(output.text()).toBe('  ✗ Build (failed after 0.0 s)\n');
  });
});

test('a terminal gets one line, no longer than it is wide, that is redrawn', async () => {
  const output = fakeOutput(true);

  await createProgress(output)('Build', (report) => {
    report('x'.repeat(200));
    output.pass(1000);
    return Promise.resolve();
  });

  const draws = output.text().split('\r\u001B[K').slice(1);
  expect(draws.at(-1)).toBe('  ✓ Build (1.0 s)\n');
  expect(draws.length).toBeGreaterThan(2);
  expect(Math.max(...draws.map((draw) => draw.length))).toBeLessThan(60);
});

test('durations read well at every size', () => {
  expect([400, 12_340, 59_900, 125_000].map(formatDuration)).toEqual(['0.4 s', '12.3 s', '59.9 s', '2 min 05 s']);
});

test('a failed command is shown with its output and a line to paste', () => {
  const error = new RunError({ argv: ['go', 'build'], cwd: '/src', exitCode: 1, why: 'exited with 1', tail: ['boom'] });

  const text = describeFailure(new Error('Kubernetes could not be built', { cause: error }));

  expect(text).toContain('Kubernetes could not be built\ngo build exited with 1');
  expect(text).toContain('  | boom');
  expect(text).toContain('cd /src && go build');
});
