import { expect, test } from '@jest/globals';
import { ContainerNotRunning, NotANodeImage } from '../../../crds/errors.ts';
import type { Container, UnitSpec, UnitState } from '../containers.ts';
import type { UnitBehaviour } from '../memory/inside.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

const LOG = '/var/log/qbo/contract.log';
const unit = (name: string, script: string): UnitSpec => ({ name, argv: ['sh', '-c', script], logFile: LOG });

const SHORT = unit('short', 'word=literal; echo "$word 100%"; sleep 0.3');
const FAILING = unit('failing', 'echo no; exit 7');
const MENDED = unit('failing', 'echo yes');
const LONG = unit('long', 'sleep 1000');

/** What the units of the contract do: for a twin that runs no real ones. */
export function contractUnits(container: Container, { argv }: UnitSpec): UnitBehaviour | undefined {
  if (container.image.reference.includes('plain')) return undefined;
  switch (argv.at(-1)) {
    case SHORT.argv.at(-1):
      return { durationMs: 300, exitCode: 0, output: 'literal 100%\n' };
    case FAILING.argv.at(-1):
      return { durationMs: 10, exitCode: 7, output: 'no\n' };
    case MENDED.argv.at(-1):
      return { durationMs: 10, exitCode: 0, output: 'yes\n' };
    default:
      return { durationMs: 1_000_000, exitCode: 0 };
  }
}

export function unitsContract(fix: () => Fixture): void {
  const start = (id: string, spec: UnitSpec): Promise<void> =>
    fix().subject.finish(fix().containers.startUnit(id, spec, fix().signal));
  const state = (id: string, { name }: UnitSpec): Promise<UnitState> =>
    fix().containers.unitState(id, name, fix().signal);
  const wait = (id: string, { name }: UnitSpec): Promise<UnitState> =>
    fix().subject.finish(fix().containers.waitForUnit(id, name, fix().signal));
  const log = (id: string): Promise<string | undefined> => fix().containers.readFile(id, LOG, fix().signal);
  const node = (): Promise<Container> => fix().running({ image: fix().subject.nodeImage });

  test('a unit runs, succeeds once, and leaves its output', async () => {
    const { id } = await node();
    await start(id, SHORT);
    expect(await state(id, SHORT)).toEqual({ state: 'running' });
    await start(id, SHORT);
    expect(await wait(id, SHORT)).toEqual({ state: 'succeeded' });
    expect(await wait(id, SHORT)).toEqual({ state: 'succeeded' });
    await start(id, SHORT);
    expect(await state(id, SHORT)).toEqual({ state: 'succeeded' });
    expect(await log(id)).toBe('literal 100%\n');
  });

  test('a unit that failed tells its exit code, and is started anew', async () => {
    const { id } = await node();
    await start(id, FAILING);
    expect(await wait(id, FAILING)).toEqual({ state: 'failed', exitCode: 7 });
    expect(await state(id, FAILING)).toEqual({ state: 'failed', exitCode: 7 });
    await start(id, MENDED);
    expect(await wait(id, MENDED)).toEqual({ state: 'succeeded' });
    expect(await log(id)).toBe('no\nyes\n');
  });

  test('a unit that was never started is absent', async () => {
    const { id } = await node();
    expect(await state(id, LONG)).toEqual({ state: 'absent' });
    await start(id, SHORT);
    expect(await state(id, LONG)).toEqual({ state: 'absent' });
    expect(await wait(id, LONG)).toEqual({ state: 'absent' });
  });

  test('a unit outlives the one who waits for it', async () => {
    const { containers } = fix();
    const { id } = await node();
    await start(id, LONG);
    const reason = new Error('no longer wanted');
    const stop = new AbortController();
    const waiting = failure(containers.waitForUnit(id, LONG.name, stop.signal));
    expect(await state(id, LONG)).toEqual({ state: 'running' });
    stop.abort(reason);
    expect(await waiting).toBe(reason);
    expect(await state(id, LONG)).toEqual({ state: 'running' });
  });

  test('a unit does not outlive a run of its container', async () => {
    const { containers, signal } = fix();
    const { id } = await node();
    await start(id, LONG);
    const waiting = failure(containers.waitForUnit(id, LONG.name, signal));
    expect(await state(id, LONG)).toEqual({ state: 'running' });
    await containers.stop(id, 10, signal);
    expect(await waiting).toBeInstanceOf(ContainerNotRunning);
    expect(await failure(state(id, LONG))).toBeInstanceOf(ContainerNotRunning);
    await containers.start(id, signal);
    expect(await state(id, LONG)).toEqual({ state: 'absent' });
  });

  test('there are no units in a container that does not run', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().created({ image: fix().subject.nodeImage });
    expect(await failure(start(id, SHORT))).toBeInstanceOf(ContainerNotRunning);
    expect(await failure(containers.waitForUnit(id, SHORT.name, signal))).toBeInstanceOf(ContainerNotRunning);
  });

  test('an image without systemd is no node image', async () => {
    const { id } = await fix().running();
    const error = await failure(start(id, SHORT));
    expect(error).toBeInstanceOf(NotANodeImage);
    expect(error.message).toContain(fix().subject.plainImage);
  });
}
