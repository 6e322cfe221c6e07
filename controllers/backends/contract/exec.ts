import { expect, test } from '@jest/globals';
import { ContainerNotRunning } from '../../../crds/errors.ts';
import type { Container, ExecCommand, ExecResult } from '../containers.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

const MEBIBYTE = 2 ** 20;

const BOTH_OUTPUTS = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
const MUCH_OUTPUT = ['sh', '-c', 'yes 0123456789abcde | head -c 3145728; echo end'];
const ENVIRONMENT = ['sh', '-c', 'echo "$GREETING $OWN $(hostname)"'];
const FOREVER = ['sleep', '1000'];

/** What the commands of the contract do: for a twin that runs no real ones. */
export function contractCommands(
  container: Container,
  command: ExecCommand,
): ExecResult | Promise<ExecResult> | undefined {
  const ended = (stdout: string, exitCode = 0, stderr = ''): ExecResult => ({ exitCode, stdout, stderr });
  switch (command.argv.join(' ')) {
    case BOTH_OUTPUTS.join(' '):
      return ended('out\n', 3, 'err\n');
    case MUCH_OUTPUT.join(' '):
      return ended(`${'0123456789abcde\n'.repeat((3 * MEBIBYTE) / 16)}end\n`);
    case ENVIRONMENT.join(' '):
      return ended(`hello ${command.environment?.['OWN'] ?? ''} ${container.hostname}\n`);
    case FOREVER.join(' '):
      return new Promise(() => undefined);
    case 'cat':
      return ended(command.stdin ?? '');
    case 'true':
      return ended('');
    default:
      return undefined;
  }
}

export function execContract(fix: () => Fixture): void {
  test('a command gives its exit code and both its outputs', async () => {
    const { id } = await fix().running();
    expect(await fix().exec(id, { argv: BOTH_OUTPUTS })).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('a command reads its input to the end', async () => {
    const { id } = await fix().running();
    const stdin = `${'grün '.repeat(100_000)}end`;
    expect(await fix().exec(id, { argv: ['cat'], stdin })).toEqual({ exitCode: 0, stdout: stdin, stderr: '' });
  });

  test('a command that does not read its input is judged by its exit code', async () => {
    const { id } = await fix().running();
    expect(await fix().exec(id, { argv: ['true'], stdin: 'x'.repeat(MEBIBYTE) })).toMatchObject({ exitCode: 0 });
  });

  test('of much output the last mebibyte is kept', async () => {
    const { id } = await fix().running();
    const { stdout } = await fix().exec(id, { argv: MUCH_OUTPUT });
    expect(stdout).toHaveLength(MEBIBYTE);
    expect(stdout.slice(-10)).toBe('9abcde\nend\n'.slice(-10));
  });

  test("a command sees the container's environment and host name, and its own environment", async () => {
    const { id } = await fix().running({ environment: { GREETING: 'hello' }, hostname: 'node-1.example.test' });
    const { stdout } = await fix().exec(id, { argv: ENVIRONMENT, environment: { OWN: 'world' } });
    expect(stdout).toBe('hello world node-1.example.test\n');
  });

  test('a program that is not there is a result', async () => {
    const { id } = await fix().running();
    const { exitCode, stdout } = await fix().exec(id, { argv: ['no-such-program'] });
    expect([126, 127]).toContain(exitCode);
    expect(stdout).toContain('no-such-program');
  });

  test('nothing runs in a container that does not run, or is gone', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().created();
    expect(await failure(fix().exec(id, { argv: ['true'] }))).toBeInstanceOf(ContainerNotRunning);
    await containers.remove(id, signal);
    expect(await failure(fix().exec(id, { argv: ['true'] }))).toBeInstanceOf(ContainerNotRunning);
  });

  test('a command whose container is killed under it fails', async () => {
    const { id, name } = await fix().running();
    const running = failure(fix().exec(id, { argv: FOREVER }));
    // A second command's end tells that the first has begun.
    await fix().exec(id, { argv: ['true'] });
    await fix().subject.outside.kill(name);
    expect(await running).toBeInstanceOf(ContainerNotRunning);
  });

  test('an abort ends the waiting at once, with its reason', async () => {
    const { containers } = fix();
    const { id } = await fix().running();
    const reason = new Error('no longer wanted');
    const stop = new AbortController();
    const running = failure(containers.exec(id, { argv: FOREVER }, stop.signal));
    await fix().exec(id, { argv: ['true'] });
    stop.abort(reason);
    expect(await running).toBe(reason);
  });
}
