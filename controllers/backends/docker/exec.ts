import { brief } from '../brief.ts';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { ExecCommand, ExecResult } from '../containers.ts';
import type { Connection } from './connection.ts';
import { notRunning } from './containers.ts';
import { Multiplexed } from './multiplexed.ts';
import { Refused } from './refusal.ts';

const OUTPUT_LIMIT_BYTES = 1024 * 1024;
const FIRST_LOOK_MS = 5;
const SLOWEST_LOOK_MS = 200;

/** Runs a command to its end: see Containers.exec. */
export async function exec(
  connection: Connection,
  id: string,
  command: ExecCommand,
  signal: AbortSignal,
): Promise<ExecResult> {
  try {
    return await connection.ask(
      `a command in container ${brief(id)}`,
      (docker, abort) => runToEnd(connection, docker.getContainer(id), command, abort),
      signal,
    );
  } catch (error) {
    // 404: no such container, or the exec went with it. 409: not running, or paused. 500: stopped between two requests.
    const isGone =
      Refused.is(error, 404) || Refused.is(error, 409) || Refused.is(error, 500, /is not running|cannot exec in a/i);
    throw isGone ? await notRunning(connection, id, error, signal) : error;
  }
}

async function runToEnd(
  connection: Connection,
  container: Docker.Container,
  command: ExecCommand,
  abortSignal: AbortSignal,
): Promise<ExecResult> {
  const hasInput = command.stdin !== undefined;
  const begunAt = connection.clock.now();
  const process = await container.exec({
    Cmd: [...command.argv],
    Env: Object.entries(command.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    AttachStdin: hasInput,
    AttachStdout: true,
    AttachStderr: true,
    abortSignal,
  });
  // Hijacked: the plain duplex of docker-modem drops output when its input ends.
  const socket = await process.start({ hijack: true, stdin: hasInput, abortSignal });
  const output = await readToEnd(socket, command.stdin, abortSignal);
  const exitCode = await exitCodeOf(connection, process, abortSignal);
  // Killed together with its container: what it wrote is half a truth, and the code is not its own.
  if (exitCode === KILLED || exitCode === NOT_BEGUN) await assertSameRun(connection, container, begunAt, abortSignal);
  return { exitCode, stdout: output.stdout.toString(), stderr: output.stderr.toString() };
}

const KILLED = 137;
/** Also of a command that can not be run at all; that is then found to be so a second later. */
const NOT_BEGUN = 126;
const KILL_IS_KNOWN_MS = 1000;

/**
 * The engine learns that a container has ended a moment after its commands were killed, and may have started it again
 * already.
 */
async function assertSameRun(
  connection: Connection,
  container: Docker.Container,
  begunAt: number,
  abortSignal: AbortSignal,
): Promise<void> {
  const enough = new AbortController();
  const ended = container.wait({ condition: 'not-running', abortSignal: enough.signal });
  await Promise.race([ended, connection.clock.sleep(KILL_IS_KNOWN_MS, abortSignal)]);
  ended.catch(() => undefined);
  enough.abort();
  const { State } = await container.inspect({ abortSignal });
  if (!State.Running || Date.parse(State.StartedAt) > begunAt)
    throw new Refused(`container ${container.id}`, 409, 'it stopped while the command ran');
}

async function readToEnd(socket: Duplex, stdin: string | undefined, abort: AbortSignal): Promise<Multiplexed> {
  const output = new Multiplexed(OUTPUT_LIMIT_BYTES);
  const destroy = (): void => void socket.destroy();
  abort.addEventListener('abort', destroy, { once: true });
  if (abort.aborted) destroy();
  try {
    await new Promise<void>((resolve) => {
      socket.once('close', resolve);
      // A command that ends without reading its input breaks the pipe; it is judged by its exit code, like any other.
      socket.on('error', () => undefined);
      socket.once('end', destroy);
      socket.on('data', (chunk: Buffer) => {
        output.add(chunk);
      });
      // Without input our half stays open: the engine takes its closing for the end of our interest in the output.
      if (stdin !== undefined) socket.end(stdin);
    });
  } finally {
    abort.removeEventListener('abort', destroy);
  }
  abort.throwIfAborted();
  if (!socket.readableEnded)
    throw Object.assign(new Error('it closed the connection while a command ran'), { code: 'ECONNRESET' });
  return output;
}

/** The outputs are closed a little before the engine has learnt of the exit. */
async function exitCodeOf(connection: Connection, process: Docker.Exec, abortSignal: AbortSignal): Promise<number> {
  for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(delayMs * 2, SLOWEST_LOOK_MS)) {
    const { Running, ExitCode } = await process.inspect({ abortSignal });
    if (!Running && ExitCode !== null) return ExitCode;
    await connection.clock.sleep(delayMs, abortSignal);
  }
}
