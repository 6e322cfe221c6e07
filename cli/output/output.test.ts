import { describe, expect, test } from '@jest/globals';

import { parseCommand } from '../../api/wire/command.ts';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { MemoryTerminal } from '../../test/fixtures/cli/memory-terminal.ts';
import { clusterRow, nodeRow, speechOf } from '../../test/fixtures/cli/messages.ts';
import { readMessage } from '../connection/received.ts';
import { choosePrinter, type Format } from './choose.ts';

interface Shown {
  readonly terminal: MemoryTerminal;
  readonly clock: FakeClock;
  say(...texts: string[]): Promise<void>;
  end(): void;
}

async function shown(line: string, terminal = new MemoryTerminal(), format?: Format): Promise<Shown> {
  const clock = new FakeClock();
  const options = { hasHeader: true, ...(format === undefined ? {} : { format }) };
  const printer = await choosePrinter(parseCommand(line), options, terminal, clock);
  return {
    terminal,
    clock,
    say: async (...texts) => {
      for (const text of texts) {
        const received = readMessage(text);
        printer.show({ ...received, isSnapshot: received.isSnapshot || received.envelope.command_id === ID });
      }
      await clock.advance(1_000);
    },
    end: () => printer.finish(),
  };
}

const ID = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
const STREAM = '11111111-2222-4333-8444-555555555555';
const tty = (columns = 100): MemoryTerminal => new MemoryTerminal({ isInteractive: true, columns });

describe('into a pipe', () => {
  test('a command that reads prints what was asked for, a line a document, as the bridge wrote it', async () => {
    const speech = speechOf('get nodes alex', ID);
    const nodes = speech.say({ nodes: [nodeRow('control-1')] });
    const { terminal, say } = await shown('get nodes alex');
    await say(speech.accepted(), speech.begun(), nodes, speech.done());
    expect(terminal.out).toBe(`${nodes}\n`);
  });

  test('a command that changes something prints every message, and ends with that of its end', async () => {
    const speech = speechOf('add cluster alex', ID);
    const { terminal, say } = await shown('add cluster alex');
    await say(speech.accepted(), speech.begun(), speech.say({ output: [{ message: 'Scaling' }] }), speech.done());
    expect(terminal.documents().map(({ command }) => command)).toEqual(['CMD_ADD', 'CMD_ADD', 'CMD_ADD', 'CMD_DONE']);
  });

  test('an error is a document too', async () => {
    const speech = speechOf('get cluster alex', ID);
    const { terminal, say } = await shown('get cluster alex');
    await say(
      speech.accepted(),
      speech.say({ output: [{ message: 'There is none.' }] }, { code: 404 }),
      speech.done(404),
    );
    expect(terminal.documents().map(({ code }) => code)).toEqual([404, 404]);
  });

  test('a kubeconfig is a document, or with -o raw itself', async () => {
    const speech = speechOf('get cluster alex -k', ID);
    const kubeconfig = speech.say({ output: [{ message: 'It ends in an hour.', kubeconfig: 'apiVersion: v1\n' }] });
    const documents = await shown('get cluster alex -k');
    await documents.say(speech.accepted(), speech.begun(), kubeconfig, speech.done());
    expect(documents.terminal.documents()).toHaveLength(1);

    const raw = await shown('get cluster alex -k', new MemoryTerminal(), 'raw');
    await raw.say(speech.accepted(), speech.begun(), kubeconfig, speech.done());
    expect(raw.terminal).toMatchObject({ out: 'apiVersion: v1\n', err: 'It ends in an hour.\n' });
  });

  test('-o name prints what commands take as names, none twice', async () => {
    const speech = speechOf('get nodes', ID);
    const { terminal, say } = await shown('get nodes', new MemoryTerminal(), 'name');
    await say(
      speech.say({ nodes: [nodeRow('node-1'), nodeRow('node-2')] }),
      speech.say({ nodes: [nodeRow('node-1')] }),
    );
    expect(terminal.out).toBe('node-1\nnode-2\n');
  });

  test('-o yaml prints a document a message', async () => {
    const speech = speechOf('get clusters', ID);
    const { terminal, say } = await shown('get clusters', new MemoryTerminal(), 'yaml');
    await say(speech.say({ clusters: [clusterRow('alex')] }), speech.done());
    expect(terminal.out).toMatch(/^---\nclusters:\n {2}- name: alex\n/);
  });
});

describe('on a terminal', () => {
  test('a list is an aligned table', async () => {
    const speech = speechOf('get nodes', ID);
    const { terminal, say, end } = await shown('get nodes', tty(200));
    await say(speech.say({ nodes: [nodeRow('control-f5047fd5.localhost'), nodeRow('node-1', 'created')] }));
    end();
    const [header = '', first = '', second = ''] = terminal.out.split('\n');
    expect(header).toMatch(/^NAME +ID +CLUSTER +STATE +TYPE +ADDRESS +IMAGE$/);
    expect(first.indexOf('ready')).toBe(header.indexOf('STATE'));
    expect(second.indexOf('created')).toBe(header.indexOf('STATE'));
  });

  test.each([200, 90, 80, 70, 40, 20])(
    'no line is wider than a terminal of %i columns, and states stay',
    async (columns) => {
      const speech = speechOf('get nodes', ID);
      const { terminal, say, end } = await shown('get nodes', tty(columns));
      const row = nodeRow('control-f5047fd5.localhost');
      await say(speech.say({ nodes: [{ ...row, image: 'registry.example.com/very/long/image:v1' }] }));
      end();
      const lines = terminal.out.trimEnd().split('\n');
      // Columns of eight letters are as narrow as they become.
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(columns, 6 * 8 + 5 * 3));
      expect(lines[1]).toContain('ready');
      expect(lines[0]?.includes('IMAGE')).toBe(columns >= 90);
      expect(lines[1]?.includes('control-f5047fd5.localhost')).toBe(columns >= 80);
    },
  );

  test('nothing found is said, and not on standard output', async () => {
    const { terminal, say, end } = await shown('get nodes', tty());
    await say(speechOf('get nodes', ID).say({ nodes: [] }));
    end();
    expect(terminal).toMatchObject({ out: '', err: 'No nodes found.\n' });
  });

  test('what comes from elsewhere can not steer the terminal', async () => {
    const { terminal, say, end } = await shown('get nodes', tty());
    await say(speechOf('get nodes', ID).say({ nodes: [nodeRow('evil\u001b[2J\u0007')] }));
    end();
    expect(terminal.out).toContain('evil\ufffd[2J\ufffd');
    expect(terminal.out).not.toContain('\u001b');
  });

  test('a watch shows things as they are: changed rows in place, gone ones gone, a resync instead of all', async () => {
    const speech = speechOf('get nodes -w', ID);
    const { terminal, say, end } = await shown('get nodes -w', tty());
    await say(speech.say({ nodes: [nodeRow('control-1', 'running'), nodeRow('node-1', 'created')] }));
    await say(speech.say({ nodes: [nodeRow('control-1')] }, { command_id: STREAM }));
    expect(terminal.screen().slice(1)).toEqual([
      expect.stringMatching(/^control-1 .* ready /),
      expect.stringMatching(/^node-1 .* created /),
      '',
    ]);
    await say(speech.say({ nodes: [nodeRow('node-1', 'deleted')] }, { command_id: STREAM }));
    expect(terminal.screen()).toHaveLength(3);
    await say(speech.say({ nodes: [nodeRow('node-2')] }, { command_id: STREAM, resync: true }));
    end();
    expect(terminal.screen().slice(1)).toEqual([expect.stringMatching(/^node-2 /), '']);
  });

  test('a long command shows its step and the rows that change, and ends with a mark', async () => {
    const speech = speechOf('add cluster alex', ID);
    const { terminal, say, end } = await shown('add cluster alex', tty());
    await say(speech.accepted(), speech.begun(), speech.say({ output: [{ message: 'NodesReady: 1 of 3' }] }));
    expect(terminal.screen()[0]).toMatch(/^\S qbo add cluster alex: NodesReady: 1 of 3 {2}1\.\d s$/);
    await say(speech.say({ nodes: [nodeRow('control-1')] }, { command_id: STREAM }));
    await say(speech.done());
    end();
    expect(terminal.screen()).toEqual([
      expect.stringMatching(/^✓ qbo add cluster alex: NodesReady: 1 of 3 {2}3\.\d s$/),
      expect.stringMatching(/^ {2}NAME/),
      expect.stringMatching(/^ {2}control-1 .* ready/),
      '',
    ]);
  });

  test('a command that failed ends with another mark', async () => {
    const speech = speechOf('stop node x', ID);
    const { terminal, say, end } = await shown('stop node x', tty());
    await say(speech.accepted(), speech.done(404));
    end();
    expect(terminal.screen()[0]).toMatch(/^✗ qbo stop node x/);
  });
});

test('a long command in a log is a line a step', async () => {
  const speech = speechOf('stop cluster alex', ID);
  const { terminal, say, end } = await shown('stop cluster alex', new MemoryTerminal(), 'table');
  await say(speech.accepted(), speech.say({ output: [{ message: 'Stopping' }] }), speech.done());
  end();
  expect(terminal.out).toMatch(/^ +0\.0 s {2}qbo stop cluster alex\n +0\.0 s {2}qbo stop cluster alex: Stopping\n$/);
});
