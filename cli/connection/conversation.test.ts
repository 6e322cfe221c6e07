import { describe, expect, test } from '@jest/globals';

import { parseCommand } from '../../api/wire/command.ts';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { MemoryBridge, type Answer } from '../../test/fixtures/cli/memory-bridge.ts';
import { clusterRow, nodeRow, speechOf } from '../../test/fixtures/cli/messages.ts';
import { converse } from './conversation.ts';
import type { Received } from './received.ts';

const STREAM = '11111111-2222-4333-8444-555555555555';

interface Run {
  readonly bridge: MemoryBridge;
  readonly got: Received[];
  readonly said: string[];
  readonly ended: Promise<void>;
  readonly abort: AbortController;
}

function start(line: string, ...answers: readonly (Answer | 'away')[]): Run & { clock: FakeClock } {
  const bridge = new MemoryBridge(...answers);
  const clock = new FakeClock();
  const abort = new AbortController();
  const got: Received[] = [];
  const said: string[] = [];
  let next = 0;
  const talk = {
    connect: bridge.connect,
    clock,
    log: (level: string, message: string) => {
      if (level !== 'debug') said.push(message);
    },
    uuid: 'de66b27a-74f5-4413-b86d-1f9c25cd7007',
    newId: () => `00000000-0000-4000-8000-${String((next += 1)).padStart(12, '0')}`,
    random: () => 0.5,
  };
  const ended = (async () => {
    for await (const received of converse(parseCommand(line), talk, abort.signal)) got.push(received);
  })();
  ended.catch(() => undefined);
  return { bridge, got, said, ended, abort, clock };
}

/** Lets time pass until the run has ended. */
async function finish({ ended, clock }: { ended: Promise<void>; clock: FakeClock }, steps = 400): Promise<void> {
  let isOver = false;
  const over = ended.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined);
  for (let step = 0; step < steps && !isOver; step += 1) await clock.advance(1_000);
  await over;
}

const answered: Answer = (speech) => [
  speech.accepted(),
  speech.begun(),
  speech.say({ nodes: [nodeRow('control-1')] }),
  speech.done(),
];
const cut: Answer = (speech) => ({ end: [speech.accepted(), speech.say({ nodes: [nodeRow('control-1')] })] });

describe('a command', () => {
  test('is sent once, and gives the messages of its own id up to its end', async () => {
    const run = start('get nodes alex', (speech) => [
      speechOf('get pods -A', '99999999-0000-4000-8000-000000000000').say({ pods: [] }),
      ...(answered(speech, { cmd: '', uuid: '' }) as string[]),
      speech.say({ nodes: [] }),
    ]);
    await run.ended;
    expect(run.bridge.requests).toEqual([
      {
        cmd: 'get nodes alex',
        uuid: 'de66b27a-74f5-4413-b86d-1f9c25cd7007',
        id: '00000000-0000-4000-8000-000000000001',
      },
    ]);
    expect(run.got.map(({ kind }) => kind)).toEqual(['input', 'output', 'nodes', 'output']);
    expect(run.bridge.closed).toBe(1);
  });

  test('fails at once when there is no bridge at its start', async () => {
    await expect(start('get nodes', 'away').ended).rejects.toMatchObject({ exitCode: 5 });
  });

  test('closes its connection when it is aborted, and rejects with the reason', async () => {
    const run = start('get nodes -w', (speech) => [speech.accepted(), speech.begun(STREAM)]);
    await run.clock.advance(0);
    run.abort.abort(new Error('enough'));
    await expect(run.ended).rejects.toThrow('enough');
    expect(run.bridge.closed).toBeGreaterThan(0);
  });

  test('refuses what no bridge would say', async () => {
    await expect(start('version', () => ['<html>']).ended).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('<html>'),
    });
  });
});

describe('when the connection is lost', () => {
  test('what reads is asked for again, and nothing of it comes twice', async () => {
    const run = start('get nodes alex', cut, 'away', answered);
    await finish(run);
    expect(run.bridge.requests.map(({ cmd }) => cmd)).toEqual(['get nodes alex', 'get nodes alex']);
    expect(run.bridge.requests[0]?.id).not.toBe(run.bridge.requests[1]?.id);
    expect(run.got.filter(({ kind }) => kind === 'nodes')).toHaveLength(1);
  });

  test('a reading command is given up after half a minute without a bridge', async () => {
    const run = start('get nodes', cut);
    await expect(finish(run)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('could not be made again. No bridge listens.'),
    });
  });

  test('a bridge that breaks at every answer is not asked for ever', async () => {
    const run = start('get nodes', ...Array.from({ length: 50 }, () => cut));
    await expect(finish(run)).rejects.toMatchObject({ exitCode: 5 });
    expect(run.bridge.requests.length).toBeLessThan(10);
  });

  test('a watch goes on after the last change that it has seen', async () => {
    const run = start(
      'get nodes -w',
      (speech) => ({
        end: [
          speech.accepted(),
          speech.begun(STREAM),
          speech.say({ nodes: [nodeRow('control-1', 'running')] }, { sequence: 6 }),
          speech.say({ nodes: [nodeRow('control-1')] }, { sequence: 7, command_id: STREAM }),
        ],
      }),
      (speech) => [
        speech.begun(STREAM),
        speech.say({ nodes: [nodeRow('node-1')] }, { sequence: 8, command_id: STREAM }),
        speech.done(403, 'no more'),
      ],
    );
    await finish(run);
    expect(run.bridge.requests[1]).toMatchObject({ cmd: 'get nodes -w', resume: { stream: STREAM, after: 7 } });
    const rows = run.got.filter(({ kind }) => kind === 'nodes');
    expect(rows.map(({ isSnapshot }) => isSnapshot)).toEqual([true, false, false]);
    expect(run.got.at(-1)?.envelope.code).toBe(403);
  });

  test('a watch waits for ever', async () => {
    const run = start(
      'get nodes -w',
      (speech) => ({ end: [speech.begun(STREAM)] }),
      ...Array.from({ length: 200 }, () => 'away' as const),
      (speech) => [speech.done()],
    );
    await finish(run, 2_000);
    expect(run.bridge.requests).toHaveLength(2);
  });

  test('start and stop are asked for again, and that is said', async () => {
    const run = start(
      'stop cluster alex',
      (speech) => ({ end: [speech.accepted()] }),
      (speech) => [speech.done()],
    );
    await finish(run);
    expect(run.bridge.requests.map(({ cmd }) => cmd)).toEqual(['stop cluster alex', 'stop cluster alex']);
    expect(run.said.at(-1)).toContain('asking again for the same');
  });

  test('what was being deleted and is gone counts as deleted', async () => {
    const run = start(
      'delete cluster alex',
      (speech) => ({ end: [speech.accepted()] }),
      (speech) => [speech.say({ output: [{ message: 'There is no cluster alex.' }] }, { code: 404 }), speech.done(404)],
    );
    await finish(run);
    expect(run.got.at(-1)?.envelope).toMatchObject({
      code: 200,
      command: 'CMD_DONE',
      command_line: 'qbo delete cluster alex',
    });
    expect(run.got.some(({ envelope }) => envelope.code === 404)).toBe(false);
  });

  test('what is to be deleted and never was there is still not found when the bridge had not accepted it', async () => {
    const run = start(
      'delete cluster alex',
      () => ({ end: [] }),
      (speech) => [speech.done(404, 'There is no cluster alex.')],
    );
    await finish(run);
    expect(run.got.at(-1)?.envelope.code).toBe(404);
  });

  test('a cluster that is being made is watched until it is ready, not made again', async () => {
    const run = start(
      'add cluster alex',
      (speech) => ({ end: [speech.accepted(), speech.begun()] }),
      (speech) => [
        speech.accepted(),
        speech.begun(STREAM),
        speech.say({ clusters: [clusterRow('alex', 'running')] }),
        speech.say({ clusters: [clusterRow('alex')] }, { command_id: STREAM }),
      ],
    );
    await finish(run);
    expect(run.bridge.requests[1]?.cmd).toBe('get clusters alex -w');
    expect(run.got.at(-1)).toMatchObject({
      envelope: { command: 'CMD_DONE', code: 200, command_line: 'qbo add cluster alex' },
    });
    expect(run.said.at(-1)).toContain('watching until it is ready');
  });

  test('a cluster that nobody has accepted yet is asked for again', async () => {
    const run = start(
      'add cluster alex',
      () => ({ end: [] }),
      (speech) => [speech.accepted(), speech.done()],
    );
    await finish(run);
    expect(run.bridge.requests.map(({ cmd }) => cmd)).toEqual(['add cluster alex', 'add cluster alex']);
  });

  test('a user is never made twice: the answer is lost, and where to look is said', async () => {
    const run = start('add user alex@example.com', (speech) => ({ end: [speech.accepted()] }));
    await expect(finish(run)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('qbo get user -A'),
    });
    expect(run.bridge.requests).toHaveLength(1);
  });
});
