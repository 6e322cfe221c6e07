import { expect, test } from '@jest/globals';
import { ContainerNotRunning, MemoryInUse, ResourcesExceedHost } from '../../../crds/errors.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

const MIB = 2 ** 20;

export function limitsContract(fix: () => Fixture): void {
  test('a container has the limits that it is made with', async () => {
    const resources = { millicpus: 500, memoryBytes: 64 * MIB };
    expect((await fix().created({ resources })).resources).toEqual(resources);
  });

  test('limits are changed while it runs, one by one, and it does not notice', async () => {
    const { containers, signal } = fix();
    const before = await fix().running();
    expect(before.resources).toEqual({});
    await containers.update(before.id, { memoryBytes: 128 * MIB }, signal);
    expect(await fix().existing(before.id)).toEqual({ ...before, resources: { memoryBytes: 128 * MIB } });
    await containers.update(before.id, { millicpus: 750 }, signal);
    const both = { millicpus: 750, memoryBytes: 128 * MIB };
    expect(await fix().existing(before.id)).toEqual({ ...before, resources: both });
    await containers.update(before.id, { memoryBytes: 64 * MIB }, signal);
    expect((await fix().existing(before.id)).resources).toEqual({ millicpus: 750, memoryBytes: 64 * MIB });
  });

  test('limits of a container that does not run are there when it does', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().created();
    const resources = { millicpus: 250, memoryBytes: 32 * MIB };
    await containers.update(id, resources, signal);
    await containers.start(id, signal);
    expect((await fix().existing(id)).resources).toEqual(resources);
  });

  test('a limit can be raised to what the host has', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().running({ resources: { millicpus: 500, memoryBytes: 64 * MIB } });
    const { cpus, memoryBytes } = await containers.engine.info(signal);
    await containers.update(id, { millicpus: cpus * 1000, memoryBytes }, signal);
    expect((await fix().existing(id)).resources).toEqual({ millicpus: cpus * 1000, memoryBytes });
  });

  test('more CPUs than the host has are refused, and how many it has is said', async () => {
    const { containers, signal } = fix();
    const { cpus } = await containers.engine.info(signal);
    const { id } = await fix().running();
    const error = await failure(containers.update(id, { millicpus: (cpus + 1) * 1000 }, signal));
    expect(error).toBeInstanceOf(ResourcesExceedHost);
    expect((error as ResourcesExceedHost).details).toMatchObject({ wanted: String(cpus + 1), has: String(cpus) });
    expect((await fix().existing(id)).resources).toEqual({});
    const resources = { millicpus: (cpus + 1) * 1000 };
    expect(await failure(fix().created({ name: fix().name('big'), resources }))).toBeInstanceOf(ResourcesExceedHost);
  });

  test('memory that is in use is not taken away, and nothing is killed for it', async () => {
    const { containers, signal, subject } = fix();
    const resources = { memoryBytes: 256 * MIB };
    const before = await fix().running({ resources });
    await subject.outside.useMemory(before.name, 96);
    expect(await failure(containers.update(before.id, { memoryBytes: 48 * MIB }, signal))).toBeInstanceOf(MemoryInUse);
    expect(await fix().existing(before.id)).toEqual(before);
    await containers.update(before.id, { memoryBytes: 192 * MIB }, signal);
  });

  test('of a container that is gone limits can not be changed', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().created();
    await containers.remove(id, signal);
    expect(await failure(containers.update(id, { millicpus: 100 }, signal))).toBeInstanceOf(ContainerNotRunning);
  });
}
