import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataplaneUnavailable } from '../../../crds/errors.ts';

/** A program and its arguments. Never a shell line: nothing in it is expanded or split. */
export type Argv = readonly [program: string, ...args: string[]];

export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The programs through which the kernel is asked: nft, ipvsadm, ip, iptables, conntrack. In the host's network namespace. */
export interface Tools {
  /** Runs one to its end; a non-zero exit is a result. Throws DataplaneUnavailable when it can not be run at all. */
  run(argv: Argv, input: string, signal: AbortSignal): Promise<Output>;
  /** Lines of one that goes on until the signal aborts; ends when the program does. */
  follow(argv: Argv, signal: AbortSignal): AsyncIterable<string>;
  /** `net.ipv4.vs.conntrack` and its like; undefined when the kernel has none of that name. */
  getSysctl(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Throws DataplaneUnavailable when it can not be set. */
  setSysctl(name: string, value: string, signal: AbortSignal): Promise<void>;
}

export interface LocalTools {
  /** Stands before each program, such as `ip netns exec lab`. */
  readonly prefix?: readonly string[];
  /** Where sysctls are found; default /proc/sys. In a container that is read-only, and the host's is mounted elsewhere. */
  readonly sysctlPath?: string;
}

/** Programs of this machine, found on PATH. */
export const localTools = ({ prefix = [], sysctlPath = '/proc/sys' }: LocalTools = {}): Tools => {
  const fileOf = (name: string): string => join(sysctlPath, name.replaceAll('.', '/'));
  return {
    run: (argv, input, signal) => run([...prefix, ...argv], input, signal),
    follow: (argv, signal) => follow([...prefix, ...argv], signal),
    async getSysctl(name, signal) {
      try {
        return (await readFile(fileOf(name), { encoding: 'utf8', signal })).trim();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw new DataplaneUnavailable({ why: `sysctl ${name} can not be read` }, error);
      }
    },
    async setSysctl(name, value, signal) {
      try {
        await writeFile(fileOf(name), value, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw new DataplaneUnavailable({ why: `sysctl ${name} can not be set to ${value}` }, error);
      }
    },
  };
};

const gone = (argv: readonly string[], error: Error): DataplaneUnavailable =>
  new DataplaneUnavailable({ why: `${argv[0] ?? ''} can not be run (${error.message})` }, error);

/** Messages in English, whatever the machine speaks: some are read. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

async function run(argv: readonly string[], input: string, signal: AbortSignal): Promise<Output> {
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const outputs = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => outputs.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => outputs.stderr.push(chunk));
  // A program that ends without reading everything is judged by its exit code, not by the broken pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => {
        reject(gone(argv, error));
      });
      child.once('close', (code) => {
        resolve(code ?? 128);
      });
    });
    signal.throwIfAborted();
    const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    return { exitCode, stdout: text(outputs.stdout), stderr: text(outputs.stderr) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function* follow(argv: readonly string[], signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: ENVIRONMENT });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => {
      reject(gone(argv, error));
    });
  });
  failed.catch(() => undefined);
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([lines.next(), failed]);
      if (next.done === true) break;
      yield next.value;
    }
    signal.throwIfAborted();
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
  }
}

/** Runs one that has to succeed: throws DataplaneUnavailable with what it said. */
export async function succeed(tools: Tools, argv: Argv, input: string, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await tools.run(argv, input, signal);
  if (exitCode !== 0) throw new DataplaneUnavailable({ why: `${argv.join(' ')}: ${lastWords(stderr)}` });
  return stdout;
}

/** What a program said of its failure, short enough for a condition. */
export function lastWords(stderr: string): string {
  const said = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^\^+$/.test(line));
  return said.slice(0, 3).join(' ').slice(0, 300) || 'it failed and said nothing';
}
