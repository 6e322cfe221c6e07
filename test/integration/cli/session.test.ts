/** The published session, typed into the shipped program, on the real bridge; nodes are in memory. */
import { on } from 'node:events';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { ended, isInstalled, Program } from '../../fixtures/cli/program.ts';
import { RealBridge } from '../../fixtures/cli/real-bridge.ts';

jest.setTimeout(180_000);

let program: Program;
let bridge: RealBridge;

beforeAll(async () => {
  [program, bridge] = await Promise.all([Program.build(), RealBridge.start()]);
}, 180_000);

afterAll(async () => {
  await bridge?.[Symbol.asyncDispose]();
  await program?.[Symbol.asyncDispose]();
});

const run = (line: string) => program.run(line, { QBO_PORT: String(bridge.port) });

type Document = Readonly<Record<string, unknown>> & { readonly code: number; readonly command: string };

const documents = async (line: string): Promise<Document[]> => {
  const { code, out, err } = await run(line);
  expect({ line, code, err }).toEqual({ line, code: 0, err: '' });
  return out
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Document);
};

const rows = async (line: string): Promise<Record<string, string>[]> =>
  (await documents(line)).flatMap((document) => Object.values(document)[0] as Record<string, string>[]);

test('the published session gives what it should, from the first cluster to the last', async () => {
  expect((await rows('qbo version')).map(({ qbo }) => qbo)).toEqual([
    expect.stringMatching(/^cli:/),
    expect.stringMatching(/^api:/),
  ]);

  const added = await documents('qbo add cluster alex');
  expect(added[0]).toMatchObject({ code: 202, command_line: 'qbo add cluster alex', command: 'CMD_ADD' });
  expect(added[1]).toMatchObject({ code: 201 });
  expect(added.at(-1)).toMatchObject({ code: 200, command: 'CMD_DONE', subcommand: 'SUBCMD_DONE' });

  const nodes = await rows('qbo get nodes alex');
  expect(nodes.map(({ name, state }) => [name?.split('-')[0], state])).toEqual([
    ['control', 'ready'],
    ['node', 'ready'],
    ['node', 'ready'],
  ]);
  const worker = nodes[2]?.['name'] ?? '';

  await documents(`qbo stop node ${worker}`);
  expect(await rows('qbo get nodes alex')).toContainEqual(expect.objectContaining({ name: worker, state: 'exited' }));
  await documents(`qbo start node ${worker.split('.')[0] ?? ''}`);

  await documents('qbo add node -n1 alex');
  expect(await rows('qbo get nodes alex')).toHaveLength(4);
  await documents(`qbo delete node ${worker}`);
  expect(await rows('qbo get nodes alex')).toHaveLength(3);

  expect(await rows('qbo get net alex')).toMatchObject([{ name: 'alex', subnet: '172.18.0.0/24', state: 'ready' }]);
  await documents('qbo delete cluster alex');
  expect(await rows('qbo get clusters')).toEqual([]);
});

test('what is wrong is said once, by the bridge or before it is asked, and has its exit code', async () => {
  const wrong = async (line: string) => {
    const { code, err } = await run(`${line} >/dev/null`);
    return [code, err];
  };
  expect(await wrong('qbo get cluster none')).toEqual([
    3,
    expect.stringMatching(/^qbo: There is no cluster none\b.*\n$/),
  ]);
  expect(await wrong('qbo stop node none')).toEqual([3, expect.stringMatching(/^qbo: There is no node none\b.*\n$/)]);
  expect(await wrong('qbo add cluster x -n many')).toEqual([
    2,
    expect.stringMatching(/^qbo: Option -n takes a whole number.*\n$/),
  ]);
  expect(await wrong('qbo add cluster x --no-wait')).toEqual([0, '']);
  expect(await wrong('qbo add cluster x')).toEqual([6, expect.stringMatching(/^qbo: .*x.*\n$/)]);
  expect(await wrong('qbo delete cluster x')).toEqual([0, '']);
});

test('a watch outlives its bridge: what happened meanwhile is in the rows that it goes on with', async () => {
  await documents('qbo add cluster tough -n 1');
  const child = program.start('exec qbo get nodes -w', { QBO_PORT: String(bridge.port) });
  const over = ended(child);
  const seen = async (what: RegExp): Promise<void> => {
    let text = '';
    for await (const chunk of on(child.stdout!, 'data')) {
      text += String(chunk);
      if (what.test(text)) return;
    }
  };
  await seen(/"control-/);
  await bridge.stop();
  await bridge.installation.kubectl('scale', 'cluster', 'tough', '--replicas=1');
  const again = seen(/"node-/);
  await bridge.run();
  await again;
  child.kill('SIGINT');
  expect(await over).toMatchObject({ code: 130, err: expect.stringContaining('connecting again') });
  await documents('qbo delete cluster tough');
});

if (isInstalled('script')) {
  test('a person sees progress, and then a table', async () => {
    const { out } = await run(`NO_COLOR=1 script -qec 'stty cols 120; qbo add cluster eyes -n 2' /dev/null`);
    expect(out).toMatch(/⠋|⠙|⠹/);
    const last = out.slice(out.lastIndexOf('✓'));
    expect(last).toMatch(/^✓ qbo add cluster eyes -n 2: Cluster eyes is ready\. {2}\d+\.\d s/);
    expect(last).toMatch(/NAME +ID +CLUSTER +STATE/);
    expect(last.match(/\bready\b/g)?.length).toBeGreaterThanOrEqual(2);
    await documents('qbo delete cluster eyes');
  });
}
