import type { Command } from '../../api/wire/command.ts';
import type { Request } from '../../api/wire/request.ts';
import type { Clock } from '../clock.ts';
import { ExitCode } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { Log } from '../log.ts';
import { backoff } from './backoff.ts';
import { courseOf, isRead, type Course } from './course.ts';
import { readMessage, type Received } from './received.ts';
import type { Connect, Socket } from './socket.ts';

export interface Talk {
  readonly connect: Connect;
  readonly clock: Clock;
  readonly log: Log;
  /** Id of the mirror that requests name. */
  readonly uuid: string;
  readonly newId: () => string;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** How long a lost connection is missed before the command is given up; a watch waits for ever. */
const PATIENCE_MS = { read: 30_000, change: 300_000 };

/** A connection that breaks on every answer is no accident. */
const MOST_LOSSES = 8;

/**
 * Sends a command and gives each message that answers it, up to the one that ends it. A connection that is lost on the
 * way is made again, and the command gone on with. Throws CliFailure when there is none, or no more; rejects with the
 * signal's reason when it aborts, after closing the connection.
 */
export async function* converse(command: Command, talk: Talk, signal: AbortSignal): AsyncGenerator<Received, void> {
  let course = courseOf(command);
  let socket = await talk.connect(signal);
  for (let losses = 1; ; losses += 1) {
    const { isOver, isFurther } = yield* speak(socket, course, talk, signal);
    if (isOver) return;
    if (isFurther) losses = 1;
    course = course.next();
    socket = await reconnect(command, talk, { losses, reason: socket.ending() }, signal);
    if (course.notice !== undefined) talk.log('warn', `connected again; ${course.notice}`);
  }
}

interface Spoken {
  /** The command has ended; if not, the connection was lost. */
  readonly isOver: boolean;
  /** Something was shown that need not be asked for again. */
  readonly isFurther: boolean;
}

/** The messages of one connection. */
async function* speak(
  socket: Socket,
  course: Course,
  { newId, uuid, log }: Talk,
  signal: AbortSignal,
): AsyncGenerator<Received, Spoken> {
  const close = (): void => socket.close();
  signal.addEventListener('abort', close, { once: true });
  let isFurther = false;
  try {
    const id = newId();
    const request: Request = { ...course.request, uuid, id };
    socket.send(JSON.stringify(request));
    log('debug', `sent ${request.cmd} as ${id}`);
    for await (const text of socket.messages) {
      signal.throwIfAborted();
      const received = readMessage(text);
      const commandId = received.envelope.command_id;
      if (commandId !== id && !course.owns(commandId)) continue;
      const { show, isOver } = course.hear(received, id);
      isFurther ||= show.length > 0;
      yield* show;
      if (isOver) return { isOver, isFurther };
    }
    signal.throwIfAborted();
    return { isOver: false, isFurther };
  } finally {
    signal.removeEventListener('abort', close);
    socket.close();
  }
}

async function reconnect(
  command: Command,
  { clock, connect, log, random }: Talk,
  { losses, reason }: { losses: number; reason: string },
  signal: AbortSignal,
): Promise<Socket> {
  const patienceMs = command.options.watch ? Infinity : PATIENCE_MS[isRead(command) ? 'read' : 'change'];
  const giveUp = (cause?: unknown): CliFailure =>
    new CliFailure(
      ExitCode.unreachable,
      `The connection to the bridge was lost${reason === '' ? '' : ` (${reason})`} and could not be made again.${cause instanceof Error ? ` ${cause.message}` : ''}`,
      { cause },
    );
  if (losses >= MOST_LOSSES) throw giveUp();
  log('warn', `the connection to the bridge was lost${reason === '' ? '' : ` (${reason})`}; connecting again`);
  const startedAt = clock.monotonic();
  for (const waitMs of backoff(random)) {
    await clock.sleep(waitMs, signal);
    try {
      return await connect(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CliFailure) || error.exitCode !== ExitCode.unreachable) throw error;
      if (clock.monotonic() - startedAt > patienceMs) throw giveUp(error);
      log('info', error.message);
    }
  }
  throw giveUp();
}
