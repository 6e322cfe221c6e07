import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../../../hack/console/run.ts';
import { ensureEngine } from '../../../hack/engine/ensure-engine.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { ensureKube } from '../../../hack/node-image/go-binaries.ts';
import { freePorts } from '../../fixtures/api-server/ports.ts';
import { TestClient } from '../../fixtures/bridge/running-bridge.ts';
import { Bystanders } from '../../fixtures/operator/bystanders.ts';
import { nodeImage } from '../../fixtures/operator/config.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { kubectlOn, type Kubectl } from '../../fixtures/operator/kubectl.ts';
import { removeResidue, removeResidueOfDeadRuns, residueOf } from '../../fixtures/operator/residue.ts';
import { newInstanceName } from '../../fixtures/operator/run-identity.ts';
import { balancingOnHost } from '../../fixtures/traffic/host.ts';

jest.setTimeout(600_000);

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** A user's kubeconfig before we come: with a comment, and a context of their own that is current. */
const BEFORE = `# mine
apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://work.example
  name: work
contexts:
- context:
    cluster: work
    user: me
  name: work
current-context: work
users:
- name: me
  user:
    token: abc
`;

let instance: string;
let folder: string;
let kubeconfig: string;
let bridgePort: number;
let kubectl: Kubectl;
let bystanders: Bystanders;

const environment = (): Record<string, string> => ({
  QBO_INSTANCE: instance,
  KUBECONFIG: kubeconfig,
  QBO_API_PORT: String(bridgePort),
  QBO_API_REGISTRY: 'none',
});
const make = async (target: 'up' | 'down'): Promise<string> =>
  (await run(['make', target], { cwd: ROOT, env: environment() })).stdout;

const devKubeconfig = (): string => join(folder, 'dev.kubeconfig');
const balancedAddress = (): Promise<string> => kubectl('get', 'qlb', 'dev-api', '-o', 'jsonpath={.status.address}');

/** Every container of the installation, and since when it runs. */
async function containers(): Promise<string> {
  const list = ['docker', 'ps', '--filter', `label=qbo.io/instance=${instance}`, '--no-trunc'] as const;
  const { stdout } = await run([...list, '--format', '{{.Names}} {{.ID}}']);
  const started = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(async (line) => {
      const id = line.split(' ')[1] ?? '';
      return `${line} ${(await run(['docker', 'inspect', '--format', '{{.State.StartedAt}}', id])).stdout.trim()}`;
    });
  return (await Promise.all(started)).sort().join('\n');
}

/** Starts `make up`, and kills it and all its children as soon as the management container is there. */
async function upThatIsKilled(): Promise<void> {
  const child = spawn('make', ['up'], {
    cwd: ROOT,
    env: { ...process.env, ...environment() },
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await eventually('a management container', async () => (await containers()) !== '', { timeoutMs: 300_000 });
  // Its process group: `make` alone would leave its children at work.
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
}

beforeAll(async () => {
  await ensureKernelTools(NETFILTER_TOOLS);
  const engine = await ensureEngine();
  await removeResidueOfDeadRuns();
  instance = await newInstanceName('e2e');
  folder = await mkdtemp(join(tmpdir(), `${instance}-`));
  kubeconfig = join(folder, 'config');
  [bridgePort = 0] = await freePorts(1);
  await writeFile(kubeconfig, BEFORE, { mode: 0o600 });
  // The binary is whatever program it is called as.
  await symlink(await ensureKube(), join(folder, 'kubectl'));
  const commands = kubectlOn(kubeconfig, join(folder, 'kubectl'));
  bystanders = new Bystanders(instance);
  // Without our label, and so not ours, whatever the name says. As long as it runs, the engine stays.
  await bystanders.container(`${instance}-somebody`, await nodeImage(engine));
  kubectl = (...args) => commands.kubectl('--context', instance, ...args);
});

afterAll(async () => {
  await removeResidue(instance);
  await rm(folder, { recursive: true, force: true });
});

describe('make up and make down', () => {
  test('make up that was killed in the middle is finished by the next one, which says what to type next', async () => {
    await upThatIsKilled();

    const said = await make('up');

    expect(said).toContain(`kubectl --context ${instance} get clusters`);
    expect(said).toContain('dev-kubeconfig');
    expect(said).toContain(`QBO_INSTANCE=${instance} make down`);
    expect(said).toContain(`ws://localhost:${String(bridgePort)}/qbo`);
  });

  test('the context is in the kubeconfig, beside what was there', async () => {
    const text = await readFile(kubeconfig, 'utf8');
    const config = parse(text) as { 'current-context': string; contexts: { name: string }[] };

    expect(text).toContain('# mine');
    expect(config.contexts.map(({ name }) => name)).toEqual(['work', instance]);
    expect(config['current-context']).toBe('work');
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
  });

  test('the cluster dev is ready, and its own kubeconfig works as it is, by an address of its own', async () => {
    await kubectl('wait', '--for=condition=Ready', 'cluster/dev', '--timeout=10s');
    await kubectl('wait', '--for=condition=Ready', 'qlb/dev-api', '--timeout=10s');
    const secret = await kubectl('get', 'secret', 'dev-kubeconfig', '-o', 'jsonpath={.data.value}');
    await writeFile(devKubeconfig(), Buffer.from(secret, 'base64'), { mode: 0o600 });
    expect(await readFile(devKubeconfig(), 'utf8')).toContain(`server: https://${await balancedAddress()}:6443`);
    expect((await balancingOnHost(instance)).length).toBeGreaterThan(1);

    const dev = kubectlOn(devKubeconfig(), join(folder, 'kubectl')).kubectl;

    const nodes = await dev('get', 'nodes', '--no-headers');
    expect(nodes.split('\n').map((line) => line.split(/\s+/)[1])).toEqual(['Ready', 'Ready', 'Ready']);
  });

  test('the operator runs as nobody, cannot write, and is refused nothing that it asks the API for', async () => {
    const pod = await kubectl('-n', 'qbo-system', 'get', 'pods', '-o', 'json');
    const { items } = JSON.parse(pod) as {
      items: { spec: { securityContext: object; containers: { securityContext: object }[] } }[];
    };
    const log = await kubectl('-n', 'qbo-system', 'logs', 'deployment/qbo-operator');

    expect(items).toHaveLength(1);
    expect(items[0]?.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    expect(items[0]?.spec.containers[0]?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(log).toContain('Controllers started');
    expect(log).not.toMatch(/forbidden|"code":403/);
    expect(
      await kubectl('-n', 'qbo-system', 'get', 'lease', 'qbo-operator', '-o', 'jsonpath={.spec.holderIdentity}'),
    ).not.toBe('');
  });

  test('the bridge answers where make up has said, as the administrator of this installation, and may do nothing else', async () => {
    const client = await TestClient.open(`ws://localhost:${String(bridgePort)}/qbo`, 'qbo', {});
    const messages = await client.done('get clusters');
    await client.close();
    const format =
      '{{json .HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.SecurityOpt}}';
    const { stdout } = await run(['docker', 'inspect', '--format', format, `${instance}-bridge`]);

    expect(messages.find(({ clusters }) => clusters !== undefined)?.clusters).toMatchObject([
      { name: 'dev', state: 'ready', user: `${instance}@localhost` },
    ]);
    expect(stdout.trim()).toBe('["ALL"] true 65532:65532 [no-new-privileges]');
  });

  test('a second installation is told whose port it has asked for', async () => {
    const other = run(['make', 'up'], { cwd: ROOT, env: { ...environment(), QBO_INSTANCE: `${instance}-b` } });

    await expect(other).rejects.toThrow(`${instance}-bridge, the bridge of another installation`);
  });

  test('make up again changes nothing and is quick', async () => {
    const before = await containers();
    const file = await stat(kubeconfig);
    const generation = ['-n', 'qbo-system', 'get', 'deployment/qbo-operator', '-o', 'jsonpath={.metadata.generation}'];
    const deployed = await kubectl(...generation);
    const startedAt = performance.now();

    await make('up');

    expect(performance.now() - startedAt).toBeLessThan(90_000);
    expect(await containers()).toBe(before);
    expect(await kubectl(...generation)).toBe(deployed);
    expect((await stat(kubeconfig)).ino).toBe(file.ino);
  });

  test('a management node that somebody removed comes back with its clusters, which never stopped', async () => {
    const nodes = async (): Promise<string> =>
      (await containers())
        .split('\n')
        .filter((line) => !line.startsWith(`${instance}-management `))
        .join('\n');
    const before = await nodes();
    const address = await balancedAddress();
    await run(['docker', 'rm', '--force', `${instance}-management`]);

    await make('up');

    expect(await nodes()).toBe(before);
    expect(await kubectl('get', 'clusters', '-o', 'name')).toBe('cluster.qbo.io/dev');
    await kubectl('wait', '--for=condition=Ready', 'addresspool/default', 'qlb/dev-api', '--timeout=60s');
    expect(await balancedAddress()).toBe(address);
    // A user's, of before.
    await kubectlOn(devKubeconfig(), join(folder, 'kubectl')).kubectl('get', 'nodes');
  });

  test('the samples work as they are', async () => {
    await kubectl('apply', '-f', join(ROOT, 'manifests', 'samples'));

    await kubectl('wait', '--for=condition=Ready', 'clusters', '--all', '--timeout=5m');

    expect((await kubectl('get', 'clusters', '-o', 'name')).split('\n')).toHaveLength(3);
  });

  test('make down removes everything, and nobody else’s, and can be said again', async () => {
    const said = await make('down');

    expect(said).toContain(`${instance}-management`);
    expect(await residueOf(instance)).toEqual([]);
    expect(await balancingOnHost(instance)).toEqual([]);
    expect(await readFile(kubeconfig, 'utf8')).toBe(BEFORE);
    expect(await bystanders.changed()).toEqual([]);
    expect(await make('down')).toContain(`Nothing of "${instance}" was left to remove.`);
  });
});
