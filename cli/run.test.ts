import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FakeClock } from '../controllers/runtime/clock.ts';
import { MemoryBridge, type Answer } from '../test/fixtures/cli/memory-bridge.ts';
import { MemoryTerminal } from '../test/fixtures/cli/memory-terminal.ts';
import { clusterRow } from '../test/fixtures/cli/messages.ts';
import { run } from './run.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'qbo-cli-'));
});
afterAll(() => rm(home, { recursive: true }));

const worldOf = (bridge: MemoryBridge, terminal: MemoryTerminal) => ({
  home,
  variables: {},
  terminal,
  clock: new FakeClock(),
  arch: 'x64',
  newId: () => '66fac858-a271-49cf-bad0-fdd9ff0b4787',
  random: () => 0,
  connect: () => bridge.connect(),
});

async function typed(line: string, ...answers: readonly Answer[]) {
  const bridge = new MemoryBridge(...answers);
  const terminal = new MemoryTerminal();
  const world = worldOf(bridge, terminal);
  const words = line === '' ? [] : line.split(' ');
  const code = await run(words, world, new AbortController().signal);
  return { code, out: terminal.out, err: terminal.err, documents: () => terminal.documents(), bridge };
}

const refused =
  (code: number, message: string): Answer =>
  (speech) => [speech.accepted(), speech.say({ output: [{ message }] }, { code }), speech.done(code)];

describe('the exit code', () => {
  test.each([
    [404, 3],
    [401, 4],
    [403, 4],
    [409, 6],
    [422, 6],
    [429, 6],
    [400, 2],
    [500, 1],
    [503, 5],
    [504, 5],
  ])('of a command that failed with %i is %i, and its sentence is said once', async (code, expected) => {
    const result = await typed('get cluster x', refused(code, 'This is why.'));
    expect(result.code).toBe(expected);
    expect(result.err).toBe('qbo: This is why.\n');
  });

  test('of one that was done is 0, and nothing is said', async () => {
    const result = await typed('get clusters', (speech) => [
      speech.accepted(),
      speech.say({ clusters: [clusterRow('a')] }),
      speech.done(),
    ]);
    expect(result).toMatchObject({ code: 0, err: '' });
  });

  test('of a line that is wrong is 2, without asking anybody', async () => {
    const result = await typed('gte nodes');
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining('did you mean qbo get?') });
    expect(result.bridge.requests).toEqual([]);
  });

  test('of a format that is not there is 2', async () => {
    expect(await typed('get nodes -o jsn')).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean -o json?'),
    });
  });
});

describe('qbo version', () => {
  test('prints its own document and then the bridge’s', async () => {
    const result = await typed('version', (speech) => [
      speech.accepted(),
      speech.say({ version: [{ qbo: 'api:0.1.0', docker: '20.10.24' }] }),
      speech.done(),
    ]);
    const versions = result.documents().flatMap(({ version }) => version);
    expect(versions).toEqual([
      { qbo: 'cli:dev', arch: '__x86_64__' },
      { qbo: 'api:0.1.0', docker: '20.10.24' },
    ]);
  });

  test('prints its own when there is no bridge, says so, and fails', async () => {
    const result = await typed('version');
    expect(result.documents()).toHaveLength(1);
    expect(result).toMatchObject({ code: 5, err: 'qbo: No bridge listens.\n' });
  });
});

test('whoever interrupts a change is told that it goes on', async () => {
  const interrupt = new AbortController();
  const terminal = new MemoryTerminal();
  const bridge = new MemoryBridge((speech) => {
    setImmediate(() => interrupt.abort(new Error('Ctrl-C')));
    return [speech.accepted(), speech.begun()];
  });
  const world = worldOf(bridge, terminal);
  await expect(run(['add', 'cluster', 'alex'], world, interrupt.signal)).rejects.toThrow('Ctrl-C');
  expect(terminal.err).toContain('what was asked for goes on');
});

test('get user -l is answered here', async () => {
  const result = await typed('get user -l');
  expect(result.documents()).toEqual([{ cli: [{ qbo_port: 9601, qbo_host: 'localhost' }] }]);
  expect(result.bridge.requests).toEqual([]);
});

test.each(['', '--help', 'help', '-h'])(
  '"%s" explains what there is, with exit codes and configuration',
  async (line) => {
    const { code, out } = await typed(line);
    expect(code).toBe(0);
    for (const word of ['add', 'completion', 'QBO_HOST', '~/.qbo/cli.json', 'NO_COLOR', '130', '--output'])
      expect(out).toContain(word);
  },
);

test.each(['help add cluster', 'add cluster --help', 'add cluster dev -h'])('%s explains one command', async (line) => {
  const { out } = await typed(line);
  expect(out).toContain('--image IMAGE');
  expect(out).not.toContain('QBO_HOST');
});

test('options of the program itself are not sent', async () => {
  const { bridge } = await typed('get nodes -o json dev --no-headers', (speech) => [speech.done()]);
  expect(bridge.requests[0]?.cmd).toBe('get nodes dev');
});

test('__complete offers what the bridge has, and is silent when it is away', async () => {
  const { out } = await typed('__complete delete cluster al', (speech) => [
    speech.say({ clusters: [clusterRow('alex'), clusterRow('dev'), clusterRow('al$(reboot)')] }),
    speech.done(),
  ]);
  expect(out).toBe('alex\tready\n');
  expect(await typed('__complete delete cluster al')).toMatchObject({ code: 0, out: '', err: '' });
});
