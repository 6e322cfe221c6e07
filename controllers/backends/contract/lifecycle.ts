import { expect, test } from '@jest/globals';
import {
  AddressTaken,
  ContainerNotRunning,
  ImageUnavailable,
  NameTaken,
  NetworkMissing,
} from '../../../crds/errors.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

export function lifecycleContract(fix: () => Fixture): void {
  test('a created container does not run, and is found by owner, name and id', async () => {
    const { containers, signal, labels, subject } = fix();
    const network = await fix().network();
    const name = fix().name('node');
    const container = await fix().created();
    expect(container).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name,
      owner: name,
      hostname: 'node.test',
      image: { reference: subject.plainImage, id: (await containers.images.find(subject.plainImage, signal))?.id },
      state: 'created',
      stateDetail: '',
      startedAt: '',
      labels: { 'io.qbo.contract': 'yes', ...labels, 'qbo.io/id': name },
      networks: [network.id],
      addresses: { [network.id]: '10.231.7.3' },
      publishedPorts: {},
      resources: {},
    });
    expect(await containers.findByOwner(name, signal)).toEqual([container]);
    expect(await containers.find(name, signal)).toEqual(container);
    expect(await containers.find(container.id, signal)).toEqual(container);
  });

  test('what does not exist is not found', async () => {
    const { containers, signal } = fix();
    expect(await containers.find(fix().name('nothing'), signal)).toBeUndefined();
    expect(await containers.findByOwner(fix().name('nobody'), signal)).toEqual([]);
    expect(await containers.list({ 'qbo.io/instance': 'nobody' }, signal)).toEqual([]);
  });

  test('containers are listed by all the labels asked for, an empty value asking for any', async () => {
    const { containers, signal, labels } = fix();
    const a = await fix().created({ name: fix().name('a'), labels: { ...labels, role: 'worker' } });
    const b = await fix().created({ name: fix().name('b'), labels: { ...labels, role: 'control-plane' } });
    const c = await fix().created({ name: fix().name('c') });
    const ids = async (more: Record<string, string>): Promise<string[]> =>
      (await containers.list({ ...labels, ...more }, signal)).map(({ id }) => id).sort();
    expect(await ids({})).toEqual([a.id, b.id, c.id].sort());
    expect(await ids({ role: '' })).toEqual([a.id, b.id].sort());
    expect(await ids({ role: 'worker' })).toEqual([a.id]);
  });

  test('of all that carry the labels those that run are counted', async () => {
    const { containers, signal, labels } = fix();
    const count = (more: Record<string, string> = {}): Promise<number> =>
      containers.countRunning({ ...labels, ...more }, signal);
    expect(await count()).toBe(0);
    const worker = await fix().created({ labels: { ...labels, role: 'worker' } });
    expect(await count()).toBe(0);
    await containers.start(worker.id, signal);
    expect(await count()).toBe(1);
    expect(await count({ role: '' })).toBe(1);
    expect(await count({ role: 'control-plane' })).toBe(0);
    await containers.stop(worker.id, 0, signal);
    expect(await count()).toBe(0);
  });

  test('creating a container twice returns the first', async () => {
    const { containers, signal } = fix();
    const spec = await fix().spec();
    const first = await containers.create(spec, signal);
    expect(await containers.create(spec, signal)).toEqual(first);
    expect(await containers.findByOwner(spec.owner, signal)).toHaveLength(1);
  });

  test('a container name that somebody else has is refused', async () => {
    const { containers, signal, subject } = fix();
    await subject.outside.makeContainer(fix().name('foreign'));
    expect(await failure(fix().created({ name: fix().name('foreign') }))).toBeInstanceOf(NameTaken);
    expect(await containers.find(fix().name('foreign'), signal)).toMatchObject({ state: 'running', owner: undefined });
  });

  test('an image that the engine does not have is not pulled', async () => {
    const error = await failure(fix().created({ image: 'registry.invalid/qbo-contract/nothing:v1' }));
    expect(error).toBeInstanceOf(ImageUnavailable);
  });

  test('a container is not made in a network that is gone', async () => {
    const network = await fix().network();
    await fix().containers.networks.remove(network.id, fix().signal);
    const error = await failure(fix().created({ network: { id: network.id, address: '10.231.7.3' } }));
    expect(error).toBeInstanceOf(NetworkMissing);
  });

  test('a started container runs, publishes its ports on the loopback address, and is left alone by a second start', async () => {
    const { containers, signal } = fix();
    const container = await fix().running({ publishOnLoopback: [6443] });
    expect(container).toMatchObject({ state: 'running', stateDetail: '' });
    expect(Date.parse(container.startedAt)).toBeGreaterThan(0);
    expect(container.publishedPorts).toEqual({ 6443: expect.any(Number) });
    await containers.start(container.id, signal);
    expect(await fix().existing(container.id)).toEqual(container);
  });

  test('a stopped container says how it ended, and comes back where it was', async () => {
    const { containers, signal } = fix();
    const before = await fix().running({ publishOnLoopback: [6443] });
    await containers.stop(before.id, 5, signal);
    await containers.stop(before.id, 5, signal);
    const { addresses } = before;
    const stopped = await fix().existing(before.id);
    expect(stopped).toMatchObject({
      state: 'exited',
      stateDetail: 'exited with code 0',
      publishedPorts: {},
      addresses,
    });
    await containers.start(before.id, signal);
    expect(await fix().existing(before.id)).toMatchObject({ state: 'running', stateDetail: '', addresses });
  });

  test('a paused container is paused once, goes on where it was, and can be stopped and removed as it is', async () => {
    const { containers, signal } = fix();
    const before = await fix().running();
    await containers.pause(before.id, signal);
    await containers.pause(before.id, signal);
    expect(await fix().existing(before.id)).toMatchObject({
      state: 'paused',
      stateDetail: '',
      addresses: before.addresses,
    });
    await containers.unpause(before.id, signal);
    await containers.unpause(before.id, signal);
    expect(await fix().existing(before.id)).toEqual(before);
    await containers.pause(before.id, signal);
    await containers.stop(before.id, 5, signal);
    expect(await fix().existing(before.id)).toMatchObject({ state: 'exited' });
    expect(await failure(containers.pause(before.id, signal))).toBeInstanceOf(ContainerNotRunning);
    await containers.unpause(before.id, signal);
    await containers.start(before.id, signal);
    await containers.pause(before.id, signal);
    await containers.remove(before.id, signal);
    expect(await failure(containers.pause(before.id, signal))).toBeInstanceOf(ContainerNotRunning);
  });

  test('a container whose address another one has does not start until the other has stopped', async () => {
    const { containers, signal } = fix();
    const holder = await fix().running();
    const other = await fix().created({ name: fix().name('other') });
    const error = await failure(containers.start(other.id, signal));
    expect(error).toBeInstanceOf(AddressTaken);
    expect((error as AddressTaken).details.by).toBe(`container ${holder.name}`);
    await containers.stop(holder.id, 5, signal);
    await containers.start(other.id, signal);
    expect(await failure(containers.start(holder.id, signal))).toBeInstanceOf(AddressTaken);
  });

  test('a running container is removed, and so is one that is gone', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().running();
    await containers.remove(id, signal);
    expect(await containers.find(id, signal)).toBeUndefined();
    await containers.remove(id, signal);
  });

  test('two removals at once both end when it is gone', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().running();
    await Promise.all([containers.remove(id, signal), containers.remove(id, signal)]);
    expect(await containers.find(id, signal)).toBeUndefined();
  });

  test('a container that is gone can not be started, and need not be stopped', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().created();
    await containers.remove(id, signal);
    expect(await failure(containers.start(id, signal))).toBeInstanceOf(ContainerNotRunning);
    await containers.stop(id, 1, signal);
  });

  test('a container that was removed behind our back is not found', async () => {
    const { containers, signal, subject } = fix();
    const { id, name } = await fix().running();
    await subject.outside.remove(name);
    expect(await containers.findByOwner(name, signal)).toEqual([]);
    expect(await containers.find(id, signal)).toBeUndefined();
  });

  test('a container that was killed stays down until it is started', async () => {
    const { containers, signal, subject } = fix();
    const { id, name } = await fix().running();
    await subject.outside.kill(name);
    expect(await fix().existing(id)).toMatchObject({ state: 'exited', stateDetail: 'exited with code 137' });
    await containers.start(id, signal);
    expect((await fix().existing(id)).state).toBe('running');
  });

  test('a signal that is aborted already asks nothing', async () => {
    const { containers } = fix();
    const reason = new Error('no longer wanted');
    const aborted = AbortSignal.abort(reason);
    const spec = await fix().spec();
    expect(await failure(containers.create(spec, aborted))).toBe(reason);
    expect(await failure(containers.find(spec.name, aborted))).toBe(reason);
    expect(await containers.find(spec.name, fix().signal)).toBeUndefined();
  });
}
