import { describe, expect, test } from '@jest/globals';
import { Readable } from 'node:stream';

import { commandLine, run, RunError } from './run.ts';

describe('run', () => {
  test('returns what the child printed on each output', async () => {
    const result = await run(['sh', '-c', 'echo out; echo err >&2']);

    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n' });
  });

  test('feeds strings and streams to the child', async () => {
    expect((await run(['cat'], { input: 'a line' })).stdout).toBe('a line\n');
    expect((await run(['cat'], { input: Readable.from(['from ', 'a stream']) })).stdout).toBe('from a stream\n');
  });

  test('a child that does not read its input is judged by its exit code alone', async () => {
    const large = Readable.from([Buffer.alloc(1_000_000)]);

    await expect(run(['true'], { input: large })).resolves.toEqual({ stdout: '', stderr: '' });
  });

  test('a failure carries the command, the exit code and no more than the last 30 lines', async () => {
    const failure: unknown = await run(['sh', '-c', 'seq 1 40; exit 7'], { cwd: '/' }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(RunError);
    const error = failure as RunError;
    expect(error.exitCode).toBe(7);
    expect(error.tail).toHaveLength(30);
    expect(error.tail.at(-1)).toBe('40');
    expect(error.command).toBe("cd / && sh -c 'seq 1 40; exit 7'");
  });

  test('a program that is not there is named', async () => {
    await expect(run(['no-such-program-here'])).rejects.toThrow(/no-such-program-here could not be run .*ENOENT/);
  });

  test('an abort ends the child and rejects with its reason', async () => {
    const abort = new AbortController();
    const waiting = run(['sleep', '60'], {}, abort.signal);
    abort.abort(new Error('no longer wanted'));

    await expect(waiting).rejects.toThrow('no longer wanted');
  });
});

test('a command line can be pasted into a shell whatever its words hold', async () => {
  const words = ['printf', '%s|', "it's", 'a b', '$HOME', '', '*'] as const;

  expect((await run(['sh', '-c', commandLine(words)])).stdout).toBe("it's|a b|$HOME||*|\n");
});
