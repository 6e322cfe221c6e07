import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer, type ApiServer } from '../../fixtures/api-server/index.ts';
import { freePorts } from '../../fixtures/api-server/ports.ts';
import { TestClient } from '../../fixtures/bridge/running-bridge.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';

const ENTRY_POINT = join(import.meta.dirname, '..', '..', '..', 'main.ts');

let server: ApiServer;
let folder: string;
let kubeconfig: string;
const children: ChildProcess[] = [];

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
  /** All that it has said so far. */
  said(): string;
  readonly ended: Promise<number | null>;
}

/** The bridge as it ships, with nothing of our environment. */
async function start(settings: Readonly<Record<string, string>> = {}): Promise<Started> {
  const [port = 0] = await freePorts(1);
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, KUBECONFIG: kubeconfig, QBO_API_PORT: String(port), QBO_API_REGISTRY: 'none', ...settings };
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ENTRY_POINT, 'api'], { env });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, port, said: () => said, ended };
}

const get = async (port: number, path: string): Promise<[number, string]> => {
  const response = await fetch(`http://127.0.0.1:${String(port)}${path}`);
  return [response.status, (await response.text()).trim()];
};

const ready = ({ port }: Started): Promise<boolean> =>
  eventually('the bridge is ready', async () => (await get(port, '/readyz'))[0] === 200, { timeoutMs: 60_000 });

const open = ({ port }: Started): Promise<TestClient> =>
  TestClient.open(`ws://localhost:${String(port)}/qbo`, 'qbo', {});

beforeAll(async () => {
  server = await startApiServer();
  folder = await mkdtemp(join(tmpdir(), 'qbo-bridge-'));
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 });
});

afterEach(async () => {
  await Promise.all(
    children.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    }),
  );
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the bridge as a process', () => {
  test('serves commands, the contract and metrics, and tells its sockets when it is asked to end', async () => {
    const started = await start();
    await ready(started);
    const client = await open(started);

    const messages = await client.done('version');
    const [code, metrics] = await get(started.port, '/metrics');

    expect(messages.find(({ version }) => version !== undefined)?.version?.[0]?.qbo).toMatch(/^api:\d/);
    expect((await get(started.port, '/asyncapi.yaml'))[1]).toContain('asyncapi: 3.0.0');
    expect(code).toBe(200);
    expect(metrics).toMatch(/^qbo_bridge_sockets 1$/m);
    expect(metrics).toMatch(/^qbo_bridge_command_duration_seconds_count\{verb="version",code="200"\} 1$/m);
    started.child.kill('SIGTERM');
    expect(await client.closed).toBe(1001);
    expect(await started.ended).toBe(0);
  });

  test('is not ready while Kubernetes gives no answer, and lives on', async () => {
    const [nobody = 0] = await freePorts(1);
    const away = join(folder, 'away');
    await writeFile(away, server.kubeconfig.replaceAll(server.url, `https://127.0.0.1:${String(nobody)}`));
    const started = await start({ KUBECONFIG: away });
    await eventually('it listens', async () => (await get(started.port, '/healthz'))[0] === 200, { timeoutMs: 60_000 });

    const [code, why] = await get(started.port, '/readyz');
    const messages = await (await open(started)).done('get clusters');

    expect(code).toBe(503);
    expect(why).toContain('kubernetes: ');
    expect(messages.at(-1)).toMatchObject({ code: 503, command: 'CMD_DONE' });
  });

  test.each([
    [{ QBO_API_ADDRESS: '0.0.0.0' }, /everybody who reaches it would be the administrator/],
    [{ QBO_API_PORT: 'x' }, /QBO_API_PORT=x: /],
    [{ KUBECONFIG: '/nowhere' }, /The kubeconfig \/nowhere can not be read/],
  ])('ends with what to do when it is told %o', async (settings, sentence) => {
    const started = await start(settings);

    expect(await started.ended).toBe(1);
    expect(started.said()).toMatch(sentence);
    expect(started.said()).not.toContain('    at ');
  });

  test('ends with what to do when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };

    const started = await start({ QBO_API_PORT: String(port) });

    expect(await started.ended).toBe(1);
    expect(started.said()).toContain(`can not listen on port ${String(port)} of 127.0.0.1: another program does`);
    other.close();
  });
});
