import { expect, test } from '@jest/globals';
import { ContainerNotRunning, EngineUnavailable, OutOfSpace } from '../../../crds/errors.ts';
import { FakeClock } from '../../runtime/clock.ts';
import type { Container } from '../containers.ts';
import { MemoryEngine } from './engine.ts';
import type { MemoryEngineOptions } from './engine.ts';

const signal = new AbortController().signal;

function engineWith(options: Partial<MemoryEngineOptions> = {}) {
  const clock = new FakeClock();
  const engine = new MemoryEngine({ clock, ...options });
  engine.addImage('node:v1', { files: { '/var/lib/seed': 'from the image', '/kind/version': 'v1' } });
  return { clock, engine, containers: engine.containers() };
}

async function node(
  { containers }: ReturnType<typeof engineWith>,
  name = 'node-1',
  address = '10.0.0.3',
): Promise<Container> {
  const owner = { owner: 'net', name: 'net', subnet: '10.0.0.0/24', gateway: '10.0.0.1', labels: {} };
  const network = await containers.networks.create(owner, signal);
  const made = await containers.create(
    {
      ...{ owner: name, name, hostname: name, image: 'node:v1', labels: {}, network: { id: network.id, address } },
      ...{ volumes: [{ name: `${name}-var`, target: '/var' }], mounts: [], publishOnLoopback: [6443], environment: {} },
    },
    signal,
  );
  await containers.start(made.id, signal);
  return made;
}

test('an engine that is away can not be asked, and its containers run on', async () => {
  const world = engineWith();
  const { id } = await node(world);
  world.engine.unavailable(true);
  await expect(world.containers.find(id, signal)).rejects.toBeInstanceOf(EngineUnavailable);
  world.engine.unavailable(false);
  expect(await world.containers.find(id, signal)).toMatchObject({ state: 'running' });
});

test('a restart of the engine starts what ran, without its units, and leaves what was stopped', async () => {
  const world = engineWith({ units: () => ({ durationMs: 1000, exitCode: 0 }) });
  const running = await node(world);
  const stopped = await node(world, 'node-2', '10.0.0.4');
  await world.containers.stop(stopped.id, 1, signal);
  await world.containers.startUnit(running.id, { name: 'a', argv: ['a'], logFile: '/var/log/a' }, signal);
  world.engine.restartEngine();
  expect(await world.containers.find(running.id, signal)).toMatchObject({ state: 'running' });
  expect(await world.containers.find(stopped.id, signal)).toMatchObject({ state: 'exited' });
  expect(await world.containers.unitState(running.id, 'a', signal)).toEqual({ state: 'absent' });
});

test('what waits on an engine that goes away hears of it', async () => {
  const world = engineWith({
    units: () => ({ durationMs: 1000, exitCode: 0 }),
    exec: () => new Promise(() => undefined),
  });
  const { id } = await node(world);
  await world.containers.startUnit(id, { name: 'a', argv: ['a'], logFile: '/var/log/a' }, signal);
  const waits = [world.containers.waitForUnit(id, 'a', signal), world.containers.exec(id, { argv: ['x'] }, signal)];
  const changes = world.containers.changes(signal)[Symbol.asyncIterator]().next();
  const outcomes = Promise.allSettled(waits);
  await world.clock.advance(0);
  world.engine.unavailable(true);
  expect((await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason as unknown)).toEqual([
    expect.any(EngineUnavailable),
    expect.any(EngineUnavailable),
  ]);
  expect(await changes).toEqual({ done: true, value: undefined });
});

test('a crashed container is up again, as a new run', async () => {
  const world = engineWith();
  const { id } = await node(world);
  const before = await world.containers.find(id, signal);
  await world.clock.advance(1000);
  world.engine.crash('node-1');
  const after = await world.containers.find(id, signal);
  expect(after).toMatchObject({ id, state: 'running' });
  expect(after?.startedAt).not.toBe(before?.startedAt);
});

test('a call that a test has fail has no effect; one whose answer is lost has', async () => {
  let failing: 'call' | 'answer' | undefined = 'call';
  const full = new OutOfSpace({ what: 'volume x', answer: 'no space left on device' });
  const world = engineWith({
    onCall: (method) => (failing === 'call' && method === 'volumes.ensure' ? full : undefined),
    onReturn: (method) => (failing === 'answer' && method === 'volumes.ensure' ? full : undefined),
  });
  const ensure = (): Promise<void> => world.containers.volumes.ensure({ owner: 'o', name: 'x', labels: {} }, signal);
  await expect(ensure()).rejects.toBe(full);
  expect(await world.containers.volumes.list({}, signal)).toEqual([]);
  failing = 'answer';
  await expect(ensure()).rejects.toBe(full);
  expect(await world.containers.volumes.list({}, signal)).toHaveLength(1);
});

test('calls take the time that they are given, and what happens meanwhile counts', async () => {
  const world = engineWith({
    latencyMs: (method) => (method === 'exec' ? 50 : 0),
    exec: () => ({ exitCode: 0, stdout: '', stderr: '' }),
  });
  const { id } = await node(world);
  const running = world.containers.exec(id, { argv: ['x'] }, signal).catch((error: unknown) => error);
  await world.clock.advance(49);
  world.engine.kill('node-1');
  await world.clock.advance(1);
  expect(await running).toBeInstanceOf(ContainerNotRunning);
});

test('an empty volume gets what the image has in its place, and a full one keeps what it has', async () => {
  const world = engineWith();
  const { id } = await node(world);
  expect(await world.containers.readFile(id, '/var/lib/seed', signal)).toBe('from the image');
  await world.containers.writeFiles(id, [{ path: '/var/lib/seed', content: 'mine', mode: 0o600 }], signal);
  world.engine.removeBehindOurBack('node-1');
  expect(await world.containers.readFile((await node(world)).id, '/var/lib/seed', signal)).toBe('mine');
});

test('a unit ends in its own time, with its files and its effects', async () => {
  const effects: string[] = [];
  const world = engineWith({
    bootMs: 400,
    units: (container, { name }) => ({
      durationMs: 10_000,
      exitCode: 0,
      output: 'begun\n',
      filesWritten: [{ path: '/etc/kubernetes/admin.conf', content: 'x', mode: 0o600 }],
      atEnd: () => effects.push(`${container.name} ${name}`),
    }),
  });
  const { id } = await node(world);
  const unit = { name: 'init', argv: ['kubeadm', 'init'], logFile: '/var/log/init.log' };
  const started = world.containers.startUnit(id, unit, signal);
  await world.clock.advance(400);
  await started;
  const ended = world.containers.waitForUnit(id, 'init', signal);
  await world.clock.advance(9_999);
  expect(effects).toEqual([]);
  expect(await world.containers.readFile(id, '/etc/kubernetes/admin.conf', signal)).toBeUndefined();
  await world.clock.advance(1);
  expect(await ended).toEqual({ state: 'succeeded' });
  expect(effects).toEqual(['node-1 init']);
  expect(await world.containers.readFile(id, '/etc/kubernetes/admin.conf', signal)).toBe('x');
  expect(await world.containers.readFile(id, '/var/log/init.log', signal)).toBe('begun\n');
});

test('a registry serves what was published, in its time, and refuses in its own words', async () => {
  const world = engineWith();
  world.engine.publishImage('node:v2', { durationMs: 5000 });
  world.engine.refusePull('node:v3', 'denied: requires login');
  const lines: string[] = [];
  const pulled = world.containers.images.pull('node:v2', (line) => lines.push(line), signal);
  await world.clock.advance(4999);
  expect(await world.containers.images.find('node:v2', signal)).toBeUndefined();
  await world.clock.advance(1);
  await pulled;
  expect(await world.containers.images.find('node:v2', signal)).toBeDefined();
  expect(lines).toHaveLength(2);
  await expect(world.containers.images.pull('node:v3', () => undefined, signal)).rejects.toMatchObject({
    details: { answer: 'denied: requires login', known: ['node:v1', 'node:v2'] },
  });
});

test('calls are on record', async () => {
  const world = engineWith();
  await world.containers.find('node-1', signal);
  await world.containers.networks.list(signal);
  expect(world.engine.calls).toEqual(['find node-1', 'networks.list']);
});
