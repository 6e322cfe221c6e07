/** What is published about `qbo ... | jq` gives what is published. Where jq is not installed, its answer is computed here. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { isInstalled, Program } from '../../fixtures/cli/program.ts';
import { clusterRow, nodeRow, type Speech } from '../../fixtures/cli/messages.ts';
import { ScriptedBridge } from '../../fixtures/cli/scripted-bridge.ts';

const KUBECONFIG = 'apiVersion: v1\nkind: Config\n';
const image = (tag: string) => ({
  name: `hub.docker.com/kindest/node:${tag}`,
  registry: 'hub.docker.com',
  user: 'kindest',
  repository: '',
  image: 'node',
  tag,
});
const ipvs = (node: string, vip: string) => ({
  id: 'c0ffee',
  vip,
  vip_port: '6443',
  rip: '172.18.1.3',
  rip_port: '6443',
  aux: '',
  protocol: 't' as const,
  scheduler: 'rr',
  forward: 'm' as const,
  weight: 1,
  state: 'ready' as const,
  node,
  cluster: 'alex',
  user: 'alex@example.com',
});

/** What a bridge knows, by the beginning of the line. */
const ANSWERS: readonly (readonly [start: string, says: (speech: Speech) => string])[] = [
  ['version', (speech) => speech.say({ version: [{ qbo: 'api:0.1.0', docker: '24.0.5', host: 'lux' }] })],
  ['get cluster alex -k', (speech) => speech.say({ output: [{ kubeconfig: KUBECONFIG }] })],
  ['get cluster none', (speech) => speech.say({ output: [{ message: 'There is no cluster none.' }] }, { code: 404 })],
  ['get cluster', (speech) => speech.say({ clusters: [clusterRow('alex')] })],
  [
    'get nodes',
    (speech) => speech.say({ nodes: [nodeRow('control-f5047fd5.localhost'), nodeRow('node-1.localhost')] }),
  ],
  ['get images', (speech) => speech.say({ images: [image('v1.27.2'), image('v1.26.4')] })],
  ['get ipvs', (speech) => speech.say({ ipvs: [ipvs('control-1', '10.0.0.1'), ipvs('node-1', '10.0.0.2')] })],
  ['add cluster', (speech) => speech.say({ output: [{ message: 'NodesReady' }] })],
];

let program: Program;
let bridge: ScriptedBridge;

beforeAll(async () => {
  program = await Program.build();
  bridge = await ScriptedBridge.start([
    (socket, speech, { cmd }) => {
      const data = ANSWERS.find(([start]) => cmd.startsWith(start))?.[1](speech) ?? '';
      const { code } = JSON.parse(data) as { code: number };
      for (const text of [speech.accepted(), speech.begun(), data, speech.done(code)]) socket.send(text);
    },
  ]);
});

afterAll(async () => {
  await bridge[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

const run = (line: string) => program.run(line, { QBO_PORT: String(bridge.port), QBO_HOST: '127.0.0.1' });

const IDIOMS: readonly (readonly [line: string, out: string, code?: number])[] = [
  ["qbo version | jq -c '.version[]?' | tail -1", '{"qbo":"api:0.1.0","docker":"24.0.5","host":"lux"}\n'],
  ["qbo version | jq -r '.version[]?.qbo' | wc -l", '2\n'],
  ['qbo add cluster alex -i hub.docker.com/kindest/node:v1.27.3 | jq -r .command | tail -1', 'CMD_DONE\n'],
  ["qbo get nodes alex | jq -r '.nodes[]?.name'", 'control-f5047fd5.localhost\nnode-1.localhost\n'],
  ["qbo get cluster alex -k | jq -r '.output[]?.kubeconfig | select( . != null)'", `${KUBECONFIG}\n`],
  ["qbo get cluster -k alex | jq -r '.output[]?.kubeconfig | select( . != null)'", `${KUBECONFIG}\n`],
  ["qbo get cluster alex | jq -e '.clusters[]?' >/dev/null", '', 0],
  ["qbo get cluster none 2>/dev/null | jq -e '.clusters[]?' >/dev/null", '', 4],
  ["qbo get cluster alex | jq -r '.clusters[]?.id'", '718bef86-7dfe-46c0-bf4e-3dfea83c6c28\n'],
  ['qbo get images -A | jq -r .images[]?.tag', 'v1.27.2\nv1.26.4\n'],
  [`qbo get ipvs alex | jq -r '.ipvs[]? | select(.node | contains("control")) | .vip'`, '10.0.0.1\n'],
  [
    `qbo get ipvs -A | jq -r '.ipvs[]? | "sudo ip route add \\(.vip) via \\(.rip | sub("\\\\.[0-9]+$"; ".2"))"' | head -1`,
    'sudo ip route add 10.0.0.1 via 172.18.1.2\n',
  ],
  ["qbo get user -l | jq -c '.cli[]?.qbo_host'", '"127.0.0.1"\n'],
];

if (isInstalled('jq')) {
  test.each(IDIOMS)('%s', async (line, out, code = 0) => {
    expect(await run(line)).toMatchObject({ out, code });
  });
}

test('what is piped to jq is documents of which only those that were asked for have rows', async () => {
  const { out } = await run('qbo get nodes alex | cat');
  const documents = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(documents.map((document) => Object.keys(document)[0])).toEqual(['nodes']);
});
