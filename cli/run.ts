/** One run of the program, from what was typed to the exit code. Everything outer is handed in. */
import { CommandError, parseWords, type Command } from '../api/wire/command.ts';
import { readArguments, type Arguments } from './arguments.ts';
import type { Clock } from './clock.ts';
import { isLoopback, loadConfig, mirrorOf, type Config, type Environment } from './config/index.ts';
import { converse, type Talk } from './connection/conversation.ts';
import { isRead } from './connection/course.ts';
import { isEnd, sentencesOf, type Received } from './connection/received.ts';
import type { Socket } from './connection/socket.ts';
import { exitCodeOf, ExitCode } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { configRow, localMessage } from './local.ts';
import { stderrLog, type Log } from './log.ts';
import { choosePrinter } from './output/choose.ts';
import type { Printer } from './output/printer.ts';
import type { Terminal } from './output/terminal.ts';
import { ownVersion } from './version.ts';

export interface World extends Environment {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly arch: string;
  readonly newId: () => string;
  readonly random: () => number;
  /** Loads what speaks websocket, and connects. */
  readonly connect: (config: Config, signal: AbortSignal) => Promise<Socket>;
}

/** Resolves with the exit code, after telling every failure; rejects with the signal's reason, and for bugs. */
export async function run(typed: readonly string[], world: World, signal: AbortSignal): Promise<ExitCode> {
  const { terminal, variables } = world;
  const log = stderrLog(variables['CLI_LOG'], (text) => terminal.writeError(text));
  try {
    if (typed.length === 0) return await explain(['help'], world);
    if (typed[0] === 'completion') return await completion(typed.slice(1), world);
    if (typed[0] === '__complete') return await candidates(typed.slice(1), world, signal);
    return await command(readArguments(typed), world, signal);
  } catch (error) {
    if (error instanceof CliFailure) {
      log('error', error.message);
      return error.exitCode;
    }
    if (error instanceof CommandError) {
      log('error', error.message);
      return ExitCode.usage;
    }
    throw error;
  }
}

async function explain(words: readonly string[], { terminal }: World): Promise<ExitCode> {
  const { help } = await import('./help.ts');
  terminal.write(help(parseWords(words).names, terminal.hasColour));
  return ExitCode.ok;
}

async function completion([shell = '', ...more]: readonly string[], { terminal }: World): Promise<ExitCode> {
  const { completionScript } = await import('./completion/scripts.ts');
  terminal.write(completionScript(shell, more));
  return ExitCode.ok;
}

async function candidates(words: readonly string[], world: World, signal: AbortSignal): Promise<ExitCode> {
  const { printCandidates } = await import('./completion/index.ts');
  await printCandidates(words, world, signal);
  return ExitCode.ok;
}

async function command({ words, output }: Arguments, world: World, signal: AbortSignal): Promise<ExitCode> {
  const asked = parseWords(words);
  if (asked.verb === 'help') return explain(words, world);
  const printer = await choosePrinter(asked, output, world.terminal, world.clock);
  const log = stderrLog(world.variables['CLI_LOG'], (text) => printer.aside(text));
  try {
    return await answer(asked, printer, { world, log }, signal);
  } finally {
    printer.finish();
  }
}

interface Surroundings {
  readonly world: World;
  readonly log: Log;
}

async function answer(
  asked: Command,
  printer: Printer,
  { world, log }: Surroundings,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (asked.verb === 'version') printer.show(localMessage(asked, { version: [ownVersion(world.arch)] }));
  const config = await loadConfig(world, log);
  if (asked.options.local) {
    printer.show(localMessage(asked, { cli: [configRow(config)] }));
    return ExitCode.ok;
  }
  if (isExposed(config)) {
    log('warn', 'the connection is not encrypted, and your key can be read on the way; unset QBO_SSL');
  }
  const talk: Talk = { ...world, log, connect: (either) => world.connect(config, either), uuid: mirrorOf(config) };
  return speak(asked, printer, talk, signal);
}

const isExposed = ({ isEncrypted, credentials, host }: Config): boolean =>
  !isEncrypted && credentials !== undefined && !isLoopback(host);

/** With the bridge, to the end of the command. */
async function speak(asked: Command, printer: Printer, talk: Talk, signal: AbortSignal): Promise<ExitCode> {
  let last: Received | undefined;
  const told = new Set<string>();
  try {
    for await (const received of converse(asked, talk, signal)) {
      printer.show(received);
      tell(received, told, talk.log);
      last = received;
    }
  } catch (error) {
    if (signal.aborted && last !== undefined && !isRead(asked)) {
      talk.log('error', 'this report has ended; what was asked for goes on. Watch it: qbo get nodes -A -w');
    }
    throw error;
  }
  return exitCodeOf(last?.envelope.code ?? 0);
}

/** Errors are for people as well as for programs; the last message often repeats them. */
function tell(received: Received, told: Set<string>, log: Log): void {
  const { code, status, command_line: line } = received.envelope;
  const sentences = sentencesOf(received);
  if (code < 400) {
    if (received.kind === 'input' || code === 201 || isEnd(received)) for (const text of sentences) log('info', text);
    return;
  }
  // The end of a failed command may say only how long it took.
  if (isEnd(received) && told.size > 0) return;
  for (const sentence of sentences.length > 0 ? sentences : [`${line}: ${status} (${code})`]) {
    if (!told.has(sentence)) log('error', sentence);
    told.add(sentence);
  }
}
