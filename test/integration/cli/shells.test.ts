/** The completion scripts in the shells that are installed; and a terminal, as far as `script` makes one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { isInstalled, Program } from '../../fixtures/cli/program.ts';
import { clusterRow, nodeRow } from '../../fixtures/cli/messages.ts';
import { ScriptedBridge } from '../../fixtures/cli/scripted-bridge.ts';

let program: Program;
let bridge: ScriptedBridge;

beforeAll(async () => {
  program = await Program.build();
  bridge = await ScriptedBridge.start([
    (socket, speech, { cmd }) => {
      if (cmd.startsWith('get nodes')) socket.send(speech.say({ nodes: [nodeRow('node-2b251a2c.localhost')] }));
      else if (cmd.startsWith('get images')) {
        const tag = { registry: 'hub', user: 'kindest', repository: '', image: 'node', tag: 'v1.27.2' };
        socket.send(speech.say({ images: [{ name: 'hub/kindest/node:v1.27.2', ...tag }] }));
      } else socket.send(speech.say({ clusters: [clusterRow('alex'), clusterRow('dev')] }));
      socket.send(speech.done());
    },
  ]);
});

afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

const run = (line: string) => program.run(line, { QBO_PORT: String(bridge.port), QBO_HOST: '127.0.0.1' });

/** What bash would offer for a line whose cursor is at its end. */
const bash = async (line: string): Promise<string[]> => {
  const { out } = await run(
    `source <(qbo completion bash); COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _qbo; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
  return out.split('\n').filter((word) => word !== '');
};

test('bash completes commands, objects, names and images', async () => {
  expect(await bash('qbo st')).toEqual(['start', 'stop']);
  expect(await bash('qbo delete ')).toEqual(['cluster', 'node', 'user', 'network']);
  expect(await bash('qbo stop node no')).toEqual(['node-2b251a2c.localhost']);
  expect(await bash('qbo get nodes ')).toEqual(['alex', 'dev']);
  // Readline takes the colon for the end of a word, so only what follows it is offered.
  expect(await bash('qbo add cluster x -i hub/kindest/node:')).toEqual(['v1.27.2']);
});

const OTHERS: readonly (readonly [shell: string, line: string])[] = [
  ['fish', `fish -c 'qbo completion fish | source; complete -C "qbo stop node no"'`],
  [
    'zsh',
    `zsh -f -c 'autoload -U compinit; compinit -u -D; source <(qbo completion zsh); whence -w _qbo; qbo __complete stop node no'`,
  ],
];

for (const [shell, line] of OTHERS.filter(([name]) => isInstalled(name))) {
  test(`${shell} takes its script, and is offered names`, async () => {
    const { out, err } = await run(line);
    expect(err).toBe('');
    expect(out).toContain('node-2b251a2c.localhost');
  });
}

if (isInstalled('script')) {
  test('on a terminal there is a table in colour, or without it where that is asked for', async () => {
    const coloured = await run(`script -qec 'qbo get nodes' /dev/null`);
    expect(coloured.out).toMatch(/NAME.*STATE/);
    expect(coloured.out).toContain('\u001b[32mready');
    const plain = await run(`NO_COLOR=1 script -qec 'qbo get nodes' /dev/null`);
    expect(plain.out).toMatch(/node-2b251a2c.localhost +98650026 +alex +ready/);
    expect(plain.out).not.toContain('\u001b');
  });
}
