import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Desired } from '../../controllers/backends/dataplane.ts';
import { dockerDataplane, helperName } from '../../controllers/backends/docker/dataplane-helper.ts';
import type { RemoteDataplane } from '../../controllers/backends/dataplane/agent/remote.ts';
import { markOf } from '../../controllers/backends/dataplane/mark.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import { dockerContainers } from '../../controllers/backends/docker/index.ts';
import { run } from '../../hack/console/run.ts';
import { DEFAULT_SOCKET } from '../../hack/engine/places.ts';
import { clearRules } from '../../hack/down/clear-rules.ts';
import { instanceOf } from '../../hack/management/instance.ts';
import { ensureEngine } from '../../hack/engine/ensure-engine.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../hack/kernel-tools/ensure-kernel-tools.ts';
import { ensureOperatorImage } from '../../hack/operator-image/ensure-operator-image.ts';

jest.setTimeout(180_000);

const { signal } = new AbortController();
const instance = `e2e-${randomBytes(3).toString('hex')}`;
const name = helperName(instance);
const VIP = '198.51.100.77';
let dataplane: RemoteDataplane;
let image: string;
let desired: Desired;

const docker = async (...args: readonly string[]): Promise<string> => (await run(['docker', ...args])).stdout.trim();
const rules = async (): Promise<string> => (await run(['nft', 'list', 'tables'])).stdout;

beforeAll(async () => {
  await ensureKernelTools(NETFILTER_TOOLS);
  image = await ensureOperatorImage(await ensureEngine());
  const socketPath = DEFAULT_SOCKET;
  dataplane = dockerDataplane({ socketPath, instance, kind: 'Auto', image }, silentLogger);
  const network = await docker('network', 'create', '--label', `qbo.io/instance=${instance}`, instance);
  desired = {
    addresses: [{ address: VIP, interface: `br-${network.slice(0, 12)}` }],
    services: [
      {
        ...{ owner: 'web', protocol: 'TCP', address: VIP, port: 80, scheduler: 'rr', forwarding: 'Masquerade' },
        members: [{ address: '192.0.2.1', port: 80, weight: 1 }],
      },
    ],
  };
});

afterAll(async () => {
  dataplane.close();
  await docker('rm', '--force', name);
  await docker('network', 'rm', instance);
});

test('rules are written in the host’s network, by a container that may do nothing else', async () => {
  const able = await dataplane.describe(signal);
  expect(['IPVS', 'nftables']).toContain(able.kind);
  expect(await dataplane.apply(desired, signal)).toEqual({ changed: 2, refused: [] });
  expect(await dataplane.apply(desired, signal)).toEqual({ changed: 0, refused: [] });
  expect(await rules()).toContain(markOf(instance).table);
  expect((await run(['ip', 'addr', 'show'])).stdout).toContain(`${VIP}/32`);

  const [inspected] = JSON.parse(await docker('inspect', name)) as [{ HostConfig: Record<string, unknown> }];
  expect(inspected.HostConfig).toMatchObject({
    NetworkMode: 'host',
    CapAdd: expect.arrayContaining([expect.stringMatching(/NET_ADMIN$/)]),
    CapDrop: ['ALL'],
    ReadonlyRootfs: true,
    Privileged: false,
  });
});

test('when the helper is killed or removed, rules stay, and the next question brings it back', async () => {
  await docker('kill', name);
  await settled();
  expect(await rules()).toContain(markOf(instance).table);
  expect(await dataplane.apply(desired, signal)).toEqual({ changed: 0, refused: [] });
  await docker('rm', '--force', name);
  await settled();
  expect(await dataplane.apply(desired, signal)).toEqual({ changed: 0, refused: [] });
  expect(await docker('inspect', '--format', '{{.State.Running}}', name)).toBe('true');
});

test('a helper of another version is replaced', async () => {
  const before = await docker('inspect', '--format', '{{.Id}}', name);
  const other = dockerDataplane({ socketPath: DEFAULT_SOCKET, instance, kind: 'nftables', image }, silentLogger);
  expect((await other.describe(signal)).why).toBe('the operator was told to use nftables');
  other.close();
  expect(await docker('inspect', '--format', '{{.Id}}', name)).not.toBe(before);
});

test('what somebody flushes is heard of, and put back', async () => {
  await settled();
  await dataplane.apply(desired, signal);
  const stop = new AbortController();
  const heard = dataplane.changes(stop.signal)[Symbol.asyncIterator]();
  const first = heard.next();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await run(['nft', 'delete', 'table', 'inet', markOf(instance).table]);
  expect(await first).toEqual({ value: undefined, done: false });
  expect((await dataplane.apply(desired, signal)).changed).toBe(1);
  stop.abort(new Error('enough'));
  const toTheEnd = async (): Promise<void> => {
    while ((await heard.next()).done !== true);
  };
  await expect(toTheEnd()).rejects.toThrow('enough');
});

test('with the installation its rules and addresses go', async () => {
  await settled();
  await dataplane.apply(desired, signal);
  const containers = dockerContainers({ socketPath: DEFAULT_SOCKET }, silentLogger);
  await clearRules(containers, instanceOf({ QBO_INSTANCE: instance }), DEFAULT_SOCKET, signal);
  const left = `${await rules()}${(await run(['ip', 'addr', 'show'])).stdout}${(await run(['iptables-nft', '-S'])).stdout}`;
  expect(left).not.toContain(VIP);
  expect(left).not.toContain(instance);
});

/** Until the channel that broke is known to be broken, and a question opens another. */
async function settled(): Promise<void> {
  for (;;) {
    try {
      await dataplane.read(signal);
      return;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
