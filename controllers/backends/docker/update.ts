import { ContainerNotRunning, MemoryInUse } from '../../../crds/errors.ts';
import { brief } from '../brief.ts';
import type { Resources } from '../containers.ts';
import { memoryWords } from '../resources.ts';
import type { Connection } from './connection.ts';
import { inspectContainer } from './containers.ts';
import { exceeding, limitOptions } from './limits.ts';
import { Refused } from './refusal.ts';

/** Changes what a container may use, while it runs or not. */
export async function updateLimits(
  connection: Connection,
  id: string,
  resources: Resources,
  signal: AbortSignal,
): Promise<void> {
  const info = await inspectContainer(connection, id, signal);
  if (info === undefined) throw new ContainerNotRunning({ container: brief(id), state: 'it is gone' });
  const name = info.Name.slice(1);
  const { memoryBytes } = resources;
  if (memoryBytes !== undefined && info.State.Running) {
    // Where the kernel would not refuse it, it would kill processes until the rest fits.
    const used = await memoryInUse(connection, id, signal);
    if (used > memoryBytes) throw inUse(name, memoryBytes, `it uses ${memoryWords(used)}`);
  }
  try {
    await connection.ask(
      `container ${name}`,
      (docker, abortSignal) => docker.getContainer(id).update({ ...limitOptions(resources), abortSignal }),
      signal,
    );
  } catch (error) {
    if (error instanceof Refused && NO_ROOM.test(error.answer))
      throw inUse(name, memoryBytes ?? 0, error.answer, error);
    throw await exceeding(connection, { name, resources, error }, signal);
  }
}

const NO_ROOM = /unable to set memory limit|device or resource busy/i;
const inUse = (container: string, wanted: number, answer: string, cause?: unknown): MemoryInUse =>
  new MemoryInUse({ container, wanted: memoryWords(wanted), answer }, cause);

/** What could not be given back at once: files that are only cached do not count. */
async function memoryInUse(connection: Connection, id: string, signal: AbortSignal): Promise<number> {
  const { memory_stats: memory } = await connection.ask(
    `container ${brief(id)}`,
    (docker, abortSignal) => {
      const options = { stream: false, 'one-shot': true, abortSignal } as const;
      return docker.getContainer(id).stats(options);
    },
    signal,
  );
  // Null for a container that has just ended.
  const stats = memory.stats as Partial<Record<string, number>> | undefined;
  return (memory.usage ?? 0) - (stats?.['total_inactive_file'] ?? stats?.['inactive_file'] ?? 0);
}
