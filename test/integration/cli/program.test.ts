/** The shipped file in a real shell, against a websocket server that does what the test says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { ended, Program } from '../../fixtures/cli/program.ts';
import { clusterRow, nodeRow } from '../../fixtures/cli/messages.ts';
import { breaksAfter, says, ScriptedBridge, type Script } from '../../fixtures/cli/scripted-bridge.ts';
import { unknownCertificate } from '../../fixtures/world/x509.ts';

let program: Program;
beforeAll(async () => {
  program = await Program.build();
});
afterAll(() => program[Symbol.asyncDispose]());

const AUX = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
const STREAM = '11111111-2222-4333-8444-555555555555';

const at = ({ port }: { port: number }) => ({ QBO_PORT: String(port), QBO_HOST: '127.0.0.1' });

async function against<T>(scripts: readonly Script[], test: (bridge: ScriptedBridge) => Promise<T>): Promise<T> {
  await using bridge = await ScriptedBridge.start(scripts);
  return await test(bridge);
}

const nodes = says((speech) => [
  speech.accepted(),
  speech.begun(),
  speech.say({ nodes: [nodeRow('control-f5047fd5.localhost'), nodeRow('node-2b251a2c.localhost', 'exited')] }),
  speech.done(),
]);

describe('in a pipe', () => {
  test('a list is one line of JSON, and nothing else', () =>
    against([nodes], async (bridge) => {
      const { code, out, err } = await program.run('qbo get nodes -A | cat', at(bridge));
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(
        out
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { nodes: unknown[] }).nodes.length),
      ).toEqual([2]);
      expect(bridge.requests).toMatchObject([{ cmd: 'get nodes -A' }]);
      expect(bridge.headers[0]).toMatchObject({
        'sec-websocket-protocol': 'qbo',
        'user-agent': expect.stringMatching(/^qbo-cli\//),
      });
      expect(bridge.headers[0]?.cookie).toBeUndefined();
    }));

  test('a command that changes something prints all its messages, and exits as it ended', () =>
    against(
      [
        says((speech) => [
          speech.accepted(),
          speech.begun(),
          speech.say({ output: [{ message: 'There is one already.' }] }, { code: 409 }),
          speech.done(409),
        ]),
      ],
      async (bridge) => {
        const { code, out, err } = await program.run('qbo add cluster alex', at(bridge));
        expect(code).toBe(6);
        expect(
          out
            .trimEnd()
            .split('\n')
            .map((line) => (JSON.parse(line) as { code: number }).code),
        ).toEqual([202, 201, 409, 409]);
        expect(err).toBe('qbo: There is one already.\n');
      },
    ));

  test('a reader that stops reading ends a watch, quietly', () =>
    against(
      [
        (socket, speech) => {
          socket.send(speech.begun(STREAM));
          const timer = setInterval(() => socket.send(speech.say({ nodes: [nodeRow('node-1')] })), 5);
          socket.once('close', () => clearInterval(timer));
        },
      ],
      async (bridge) => {
        const { out, err } = await program.run(
          'qbo get nodes -w | head -2 | wc -l; echo "${PIPESTATUS[0]}"',
          at(bridge),
        );
        expect({ out: out.trim(), err }).toEqual({ out: '2\n141', err: '' });
      },
    ));
});

describe('a connection that breaks', () => {
  const kubeconfig = 'apiVersion: v1\nkind: Config\n';

  test('in the middle of a kubeconfig is made again, and the kubeconfig comes once', () =>
    against(
      [
        breaksAfter((speech) => [speech.accepted(), speech.begun()]),
        breaksAfter((speech) => [speech.accepted(), speech.say({ output: [{ kubeconfig }] })]),
        says((speech) => [speech.accepted(), speech.say({ output: [{ kubeconfig }] }), speech.done()]),
      ],
      async (bridge) => {
        const { code, out, err } = await program.run('qbo get cluster alex -k -o raw', at(bridge));
        expect({ code, out }).toEqual({ code: 0, out: kubeconfig });
        expect(err).toContain('connecting again');
        expect(bridge.requests).toHaveLength(3);
      },
    ));

  test('in the middle of a watch is made again, and the watch goes on', () =>
    against(
      [
        breaksAfter((speech) => [
          speech.begun(STREAM),
          speech.say({ nodes: [nodeRow('node-1', 'created')] }, { sequence: 4 }),
          speech.say({ nodes: [nodeRow('node-1', 'running')] }, { sequence: 5, command_id: STREAM }),
        ]),
        says((speech) => [
          speech.begun(STREAM),
          speech.say({ nodes: [nodeRow('node-1')] }, { sequence: 6, command_id: STREAM }),
          speech.done(403, 'Your right to see them is gone.'),
        ]),
      ],
      async (bridge) => {
        const { code, out, err } = await program.run('qbo get nodes -w -o table', at(bridge));
        expect(code).toBe(4);
        expect(out.match(/created|running|ready/g)).toEqual(['created', 'running', 'ready']);
        expect(err).toContain('Your right to see them is gone.');
        expect(bridge.requests[1]?.resume).toEqual({ stream: STREAM, after: 5 });
      },
    ));

  test('while a cluster is made does not make a second one', () =>
    against(
      [
        breaksAfter((speech) => [speech.accepted(), speech.begun()]),
        says((speech) => [speech.accepted(), speech.begun(STREAM), speech.say({ clusters: [clusterRow('alex')] })]),
      ],
      async (bridge) => {
        const { code, out } = await program.run('qbo add cluster alex', at(bridge));
        expect(code).toBe(0);
        expect(JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ command: 'CMD_DONE', code: 200 });
        expect(bridge.requests.map(({ cmd }) => cmd)).toEqual(['add cluster alex', 'get clusters alex -w']);
      },
    ));
});

test('Ctrl-C ends a watch with 130, and says goodbye to the bridge', () =>
  against([says((speech) => [speech.begun(STREAM), speech.say({ nodes: [nodeRow('node-1')] })])], async (bridge) => {
    const child = program.start('exec qbo get nodes -w', at(bridge));
    const over = ended(child);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    expect(await over).toMatchObject({ code: 130, err: '' });
    expect(bridge.goodbyes).toEqual([1000]);
  }));

describe('who asks', () => {
  test('is told by a cookie that only the bridge can read', () =>
    against([nodes], async (bridge) => {
      const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-521', extractable: true });
      await program.configure({
        qbo_uid: await exportJWK(publicKey),
        qbo_aux: AUX,
        qbo_port: bridge.port,
        qbo_host: '127.0.0.1',
      });
      try {
        expect(await program.run('qbo get nodes')).toMatchObject({ code: 0, err: '' });
        expect(bridge.requests[0]?.uuid).toBe(AUX);
        const [, sealed = ''] = /^qbo_uid=([^;]+); qbo_aux=/.exec(bridge.headers[0]?.cookie ?? '') ?? [];
        const { plaintext } = await compactDecrypt(sealed, privateKey);
        expect(new TextDecoder().decode(plaintext)).toBe(AUX);
      } finally {
        await program.configure({});
      }
    }));

  test('is refused with what can be done when the bridge does not know them', async () => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n'));
    await using bridge = await ScriptedBridge.start([], server);
    expect(await program.run('qbo get nodes', at(bridge))).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/asks who you are \(401\), and you have no account here. Put the cli.json/),
    });
  });
});

describe('no bridge', () => {
  test('at a port where nobody listens is one sentence and 5', async () => {
    const { port, [Symbol.asyncDispose]: stop } = await ScriptedBridge.start([]).then((bridge) => ({
      port: bridge.port,
      [Symbol.asyncDispose]: () => bridge[Symbol.asyncDispose](),
    }));
    await stop();
    const { code, out, err } = await program.run('qbo version', at({ port }));
    expect(code).toBe(5);
    expect(JSON.parse(out)).toEqual({ version: [{ qbo: expect.stringMatching(/^cli:\d/), arch: expect.any(String) }] });
    expect(err).toBe(
      `qbo: No bridge listens at ws://127.0.0.1:${port}/qbo. Start it with \`make up\`, or name another one in QBO_HOST and QBO_PORT.\n`,
    );
  });

  test('where something else answers is said', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('nginx'));
    server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\nconnection: close\r\n\r\nnginx'),
    );
    await using bridge = await ScriptedBridge.start([], server);
    expect(await program.run('qbo get nodes', at(bridge))).toMatchObject({
      code: 5,
      err: expect.stringMatching(
        /is no bridge: it answers a websocket with HTTP 404. It says: nginx Correct QBO_HOST and QBO_PORT/,
      ),
    });
  });

  test('whose certificate nobody knows is trusted, and how it can be is said', async () => {
    const now = Date.now();
    const certificate = unknownCertificate({ subject: 'localhost', from: now - 1000, to: now + 86_400_000 });
    await using bridge = await ScriptedBridge.start([nodes], createTlsServer(certificate));
    expect(await program.run('qbo get nodes', { ...at(bridge), QBO_SSL: '1' })).toMatchObject({
      code: 5,
      out: '',
      err: expect.stringMatching(/certificate of wss:.* is not trusted .*NODE_EXTRA_CA_CERTS=ca.pem/),
    });
    expect(bridge.requests).toEqual([]);
  });

  test('that speaks TLS where none is expected is no riddle', async () => {
    await using bridge = await ScriptedBridge.start([nodes]);
    expect(await program.run('qbo get nodes', { ...at(bridge), QBO_SSL: '1' })).toMatchObject({
      code: 5,
      err: expect.stringContaining('does not speak TLS on this port'),
    });
  });
});

test('a configuration that is broken is refused with its line', async () => {
  const { code, err } = await program.run(
    'printf "{\\n  \\"qbo_port\\": 1,\\n}" > ~/.qbo/cli.json; qbo get nodes; code=$?; echo {} > ~/.qbo/cli.json; exit $code',
  );
  expect(code).toBe(2);
  expect(err).toMatch(/cli\.json:3:1: the file has "}" where a name in double quotes should be/);
});
