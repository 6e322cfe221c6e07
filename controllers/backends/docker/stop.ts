import { pause } from '../../runtime/clock.ts';
import { brief } from '../brief.ts';
import type { Connection } from './connection.ts';
import { Refused } from './refusal.ts';

/** Between one signal and the next. A node that hears it the first time is gone before. */
const AGAIN_MS = 3_000;

/**
 * Stops a container, and kills it when it has not ended after so many seconds. Resolves also when it had stopped, or is
 * gone. The engine signals once, and a node that was just started has no systemd yet that would hear it: so the signal is
 * sent again until the node ends, or a stop right after a start would take the whole grace and end in a kill.
 */
export async function stop(
  connection: Connection,
  id: string,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const stopped = new AbortController();
  const reminders = remind(connection, id, AbortSignal.any([signal, stopped.signal]));
  try {
    await connection.ask(
      `container ${brief(id)}`,
      (docker, abortSignal) => docker.getContainer(id).stop({ t: graceSeconds, abortSignal }),
      signal,
    );
  } catch (error) {
    if (!Refused.is(error, 304) && !Refused.is(error, 404)) throw error;
  } finally {
    stopped.abort();
    await reminders;
  }
}

async function remind(connection: Connection, id: string, signal: AbortSignal): Promise<void> {
  while (await pause(connection.clock, AGAIN_MS, signal)) {
    try {
      await connection.ask(
        `container ${brief(id)}`,
        async (docker, abortSignal) => {
          const container = docker.getContainer(id);
          const { Config } = await container.inspect({ abortSignal });
          const { StopSignal = 'SIGTERM' } = Config as typeof Config & { readonly StopSignal?: string };
          await container.kill({ signal: StopSignal, abortSignal });
        },
        signal,
      );
    } catch {
      // It has just ended, or the engine is away: the answer to the stop itself says which.
    }
  }
}
