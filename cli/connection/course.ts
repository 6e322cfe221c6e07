/**
 * What is asked for a command, and what of the answers is shown; and how it goes on when the connection was lost. No
 * course does anything twice: what can not be asked for again is only watched.
 */
import { DONE } from '../../api/wire/codes.ts';
import type { Command } from '../../api/wire/command.ts';
import type { Envelope } from '../../api/wire/message.ts';
import type { Request } from '../../api/wire/request.ts';
import { ExitCode } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { isEnd, outputsOf, written, type Received } from './received.ts';

export interface Course {
  /** What is to be sent, without the names of who sends it. */
  readonly request: Pick<Request, 'cmd' | 'resume'>;
  /** Takes a message of this request or of its stream; what is to be shown of it. `id` is the request's. */
  hear(received: Received, id: string): Heard;
  /** Whether a message with this command_id, other than the request's own, belongs to it. */
  owns(commandId: string): boolean;
  /** After the connection was lost. Throws CliFailure when nobody can know how it went. */
  next(): Course;
  /** How it goes on, for people; undefined when there is nothing to say. */
  readonly notice?: string;
}

export interface Heard {
  readonly show: readonly Received[];
  /** Nothing more comes. */
  readonly isOver: boolean;
}

/** The line as it was typed, without `qbo`. */
const lineOf = ({ line }: Command): string => line.replace(/^qbo\s+/, '');

export function courseOf(command: Command): Course {
  return command.options.watch ? watching(command) : asking(command, false);
}

/** Asked once and answered to the end. What only reads is shown when it is whole: asked for again, it would come twice. */
function asking(command: Command, isAgain: boolean): Course {
  const held: Received[] = [];
  let isAccepted = false;
  let last: Envelope | undefined;
  return {
    request: { cmd: lineOf(command) },
    owns: () => false,
    hear: (received) => {
      last = received.envelope;
      if (received.envelope.code < 300) isAccepted = true;
      const isOver = isEnd(received);
      if (!isRead(command)) return { show: [received], isOver };
      held.push(received);
      return { show: isOver ? held : [], isOver };
    },
    next: () => (isAccepted && last !== undefined ? afterAccepted(command, last) : asking(command, true)),
    ...(isAgain && !isRead(command) ? { notice: 'asking again for the same' } : {}),
  };
}

/** Asking twice changes nothing. */
export const isRead = ({ verb }: Command): boolean => verb === 'get' || verb === 'version' || verb === 'help';

/** The bridge has said that it does it: what is safe to ask again, is. */
function afterAccepted(command: Command, last: Envelope): Course {
  const { verb, object, names, options } = command;
  if (verb === 'delete') return deleting(command);
  if (verb !== 'add') return asking(command, true);
  if (object === 'cluster' || object === 'node') {
    if (options.noWait) return over(command, last, 'the change was accepted');
    return following(command, names);
  }
  throw new CliFailure(
    ExitCode.unreachable,
    `The connection was lost after \`${command.line}\` was accepted, and with it the answer. See what became of it with \`qbo get ${object ?? 'all'} -A\`.`,
  );
}

/** A stream of changes, gone on with where it was cut. */
function watching(command: Command, known: { stream?: string; after?: number } = {}): Course {
  let { stream, after } = known;
  const resume = stream !== undefined && after !== undefined ? { stream, after } : undefined;
  return {
    request: { cmd: lineOf(command), ...(resume === undefined ? {} : { resume }) },
    owns: (commandId) => commandId === stream,
    hear: (received, id) => {
      stream = outputsOf(received).find((output) => output.stream !== undefined)?.stream ?? stream;
      after = received.envelope.sequence ?? after;
      const isSnapshot = received.isSnapshot || received.envelope.command_id === id;
      return { show: [{ ...received, isSnapshot }], isOver: isEnd(received) };
    },
    next: () =>
      watching(command, { ...(stream === undefined ? {} : { stream }), ...(after === undefined ? {} : { after }) }),
  };
}

/** Asked again: what is not there any more has been deleted. */
function deleting(command: Command): Course {
  return {
    request: { cmd: lineOf(command) },
    owns: () => false,
    hear: (received) => {
      const isGone = received.envelope.code === 404;
      if (!isGone) return { show: [received], isOver: isEnd(received) };
      if (!isEnd(received)) return { show: [], isOver: false };
      return { show: [done(command, received.envelope, 'deleted')], isOver: true };
    },
    next: () => deleting(command),
    notice: 'asking again for the same; what is gone already counts as deleted',
  };
}

/** Nothing is asked for again: its clusters are watched until they are ready. */
function following(command: Command, names: readonly string[]): Course {
  const missing = new Set(names);
  return {
    request: { cmd: `get clusters ${names.join(' ')} -w` },
    // The stream's own id is not needed: every message of its request or its stream is about these clusters.
    owns: () => true,
    hear: (received) => {
      if (isEnd(received)) return { show: [received], isOver: true };
      if (received.kind !== 'clusters') return { show: [], isOver: false };
      for (const { name, state } of received.rows) {
        if (state === 'ready') missing.delete(String(name));
        else if (names.includes(String(name))) missing.add(String(name));
      }
      if (missing.size > 0) return { show: [received], isOver: false };
      return { show: [received, done(command, received.envelope, `ready: ${names.join(', ')}`)], isOver: true };
    },
    next: () => following(command, names),
    notice: 'it was accepted; watching until it is ready',
  };
}

/** Nothing is left to ask. */
function over(command: Command, last: Envelope, message: string): never {
  throw new CliFailure(
    ExitCode.unreachable,
    `The connection was lost, but ${message}: \`${command.line}\` goes on (command ${last.command_id.slice(0, 8)}).`,
  );
}

const done = (command: Command, envelope: Envelope, message: string): Received =>
  written({ output: [{ message }] }, { ...envelope, ...DONE, status: 'OK', code: 200, command_line: command.line });
