import type { Caller } from '../caller.ts';
import type { Command } from '../wire/command.ts';
import type { Payload } from '../wire/message.ts';

/** What a message says of itself beside its payload, where that is not what every message of the command says. */
export interface More {
  /** 200 when absent. */
  readonly code?: number;
  readonly status?: string;
  readonly subcommand?: string;
  readonly apicommand?: string;
  readonly callback?: string;
  /** Only to the socket that asked, never to the log of the user's mirror. Rows are never in that log. */
  readonly private?: true;
}

/** The way back to whoever sent a command. */
export interface Reply {
  /** Never blocks and never throws; what is sent after the socket has closed is thrown away. */
  send(payload: Payload, more?: More): void;
}

/** What all verbs do. The life of a command (accepted, begun, ended, failed) is told by whoever calls. */
export interface Commands {
  /**
   * Does what the command says, as the caller. Resolves when it is done; `signal` aborts when nobody listens any more, which ends the
   * report and not the work. Throws Failure.
   */
  run(command: Command, caller: Caller, reply: Reply, signal: AbortSignal): Promise<void>;
  /** Of a command with `-w`: what is to be watched. Throws Failure when the caller may not. */
  watch(command: Command, caller: Caller, signal: AbortSignal): Promise<Watch>;
}

/** Rows that change. One is followed once for all sockets of a user that ask for the same. */
export interface Watch {
  /** The same for commands that show the same rows to the same caller. */
  readonly key: string;
  /** One payload for each kind of rows that is shown, those without rows as well. */
  snapshot(): readonly Payload[];
  /**
   * What changes after `snapshot()`; changed rows whole, a row that is gone once more with state `deleted`. Called once at most; ends with
   * its signal. Throws Failure when the caller may not see it any more.
   */
  changes(signal: AbortSignal): AsyncIterable<Payload>;
}
