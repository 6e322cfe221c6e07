import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Readable, Writable } from 'node:stream';

/** A program and its arguments. Never a shell line: nothing in it is expanded or split. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the child reads from its standard input; without it the input is empty. */
  readonly input?: string | Buffer | Readable;
  /** Called with each line of either output as it comes, for progress. */
  readonly onLine?: (line: string) => void;
  /** Where standard output goes as raw bytes; the result's `stdout` is then empty. */
  readonly stdoutTo?: Writable;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

const TAIL_LINES = 30;

/** Keeps the newest lines of a stream that may be long. */
class Tail {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > TAIL_LINES) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** A child process ended badly, or could not be started. Carries what is needed to run it again by hand. */
export class RunError extends Error {
  readonly argv: Argv;
  readonly cwd: string;
  /** Undefined when the child did not start or was ended by a signal. */
  readonly exitCode: number | undefined;
  /** The last 30 lines of both outputs, in the order they came. */
  readonly tail: readonly string[];

  constructor(
    failure: { argv: Argv; cwd: string; exitCode?: number; why: string; tail: readonly string[] },
    options?: ErrorOptions,
  ) {
    super(
      `${commandLine(failure.argv)} ${failure.why}${failure.tail.length > 0 ? `:\n${failure.tail.join('\n')}` : ''}`,
      options,
    );
    this.name = 'RunError';
    this.argv = failure.argv;
    this.cwd = failure.cwd;
    this.exitCode = failure.exitCode;
    this.tail = failure.tail;
  }

  /** A line for a shell that does the same once more. */
  get command(): string {
    return `cd ${quote(this.cwd)} && ${commandLine(this.argv)}`;
  }
}

/** The argument vector as one line that a POSIX shell reads back unchanged. */
export const commandLine = (argv: readonly string[]): string => argv.map(quote).join(' ');

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Runs a program to its end and returns what it printed. Throws RunError when it can not be started, exits other than
 * with 0, or is ended by a signal; rejects with the signal's reason when aborted (the child gets SIGTERM).
 */
export async function run(argv: Argv, options: RunOptions = {}, signal?: AbortSignal): Promise<RunResult> {
  signal?.throwIfAborted();
  const [program, ...args] = argv;
  const cwd = options.cwd ?? process.cwd();
  const tail = new Tail();
  const failed = (why: string, more: { exitCode?: number; cause?: unknown } = {}): RunError =>
    new RunError(
      { argv, cwd, why, tail: tail.lines, ...(more.exitCode === undefined ? {} : { exitCode: more.exitCode }) },
      { cause: more.cause },
    );

  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal ? { signal } : {}),
  });
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => {
      resolve({ code, by });
    });
  });

  const keep = (line: string): void => {
    tail.add(line);
    options.onLine?.(line);
  };
  const stderr = collect(child.stderr, keep);
  const stdout = options.stdoutTo
    ? pipeline(child.stdout, options.stdoutTo).then(() => '')
    : collect(child.stdout, keep);
  const fed = feed(child.stdin, options.input);

  const outcome = Promise.all([ended, stdout, stderr, fed]);
  const [{ code, by }, out, err] = await outcome.catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw failed(`could not be run (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  });
  if (by !== null) throw failed(`was ended by ${by}`);
  if (code !== 0) throw failed(`exited with ${String(code)}`, { exitCode: code ?? -1 });
  return { stdout: out, stderr: err };
}

async function collect(stream: Readable, onLine: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    lines.push(line);
    onLine(line);
  }
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

async function feed(stdin: Writable, input: RunOptions['input']): Promise<void> {
  // A child that ends without reading everything is judged by its exit code, not by our broken pipe.
  const ignoreBrokenPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  };
  stdin.on('error', () => undefined);
  if (input === undefined || typeof input === 'string' || Buffer.isBuffer(input)) {
    stdin.end(input);
    return;
  }
  await pipeline(input, stdin).catch(ignoreBrokenPipe);
}
