import { ContainerNotRunning, NotANodeImage } from '../../../crds/errors.ts';
import { brief } from '../brief.ts';
import { assertArchivable } from '../archivable.ts';
import type { Container, ExecCommand, ExecResult, FileContent, UnitSpec, UnitState } from '../containers.ts';
import { unless } from './gate.ts';
import type { Gate } from './gate.ts';
import { viewOf } from './model.ts';
import type { MemoryContainer, MemoryUnit, Model } from './model.ts';

/** What a unit does, as a test has it. */
export interface UnitBehaviour {
  readonly durationMs: number;
  readonly exitCode: number;
  /** Appended to its log when it begins. */
  readonly output?: string;
  /** There when it ends well. */
  readonly filesWritten?: readonly FileContent[];
  /** What happens on the way; what is still to come when the container stops never does. */
  readonly steps?: readonly UnitStep[];
  /** Called at the end, whatever its exit code: for effects outside the container. */
  readonly atEnd?: () => void;
}

export interface UnitStep {
  /** From the unit's start. */
  readonly afterMs: number;
  readonly files?: readonly FileContent[];
  readonly effect?: () => void;
}

export interface InsideOptions {
  /** undefined: the container's image has no systemd. By default units end at once and well. */
  readonly units?: (container: Container, unit: UnitSpec) => UnitBehaviour | undefined;
  /** undefined: there is no such program. May take its time. By default there are none. */
  readonly exec?: (container: Container, command: ExecCommand) => ExecResult | Promise<ExecResult> | undefined;
  /** From a container's start until its systemd takes orders; 0 by default. */
  readonly bootMs?: number;
}

const OUTPUT_LIMIT_BYTES = 2 ** 20;
const tail = (text: string): string => Buffer.from(text).subarray(-OUTPUT_LIMIT_BYTES).toString('utf8');
const cut = ({ exitCode, stdout, stderr }: ExecResult): ExecResult => ({
  exitCode,
  stdout: tail(stdout),
  stderr: tail(stderr),
});

const endWell = (): UnitBehaviour => ({ durationMs: 0, exitCode: 0 });

/** What happens in a container: commands, units and files. */
export class Inside {
  readonly #model: Model;
  readonly #gate: Gate;
  readonly #options: InsideOptions;

  constructor(model: Model, gate: Gate, options: InsideOptions) {
    this.#model = model;
    this.#gate = gate;
    this.#options = options;
  }

  async exec(id: string, command: ExecCommand, signal: AbortSignal): Promise<ExecResult> {
    const container = this.#running(id);
    const result = this.#options.exec?.(viewOf(container), command);
    if (result !== undefined) return cut(await this.#whileRunning(container, Promise.resolve(result), signal));
    return { exitCode: 127, stdout: `${command.argv[0] ?? ''}: not found\n`, stderr: '' };
  }

  async startUnit(id: string, unit: UnitSpec, signal: AbortSignal): Promise<void> {
    const container = this.#running(id);
    const booted = Date.parse(container.startedAt) + (this.#options.bootMs ?? 0) - this.#model.clock.now();
    if (booted > 0) await this.#whileRunning(container, this.#model.clock.sleep(booted, signal), signal);
    const existing = container.units.get(unit.name);
    if (existing !== undefined && existing.state.state !== 'failed') return;
    const behave = this.#options.units ?? endWell;
    const behaviour = behave(viewOf(container), unit);
    if (behaviour === undefined)
      throw new NotANodeImage({ image: container.image.reference, why: 'there is no systemd in it' });
    const log = this.#model.placeOf(container, unit.logFile);
    log.files.set(log.at, (log.files.get(log.at) ?? '') + (behaviour.output ?? ''));
    container.units.set(unit.name, this.#begin(container, behaviour));
  }

  #begin(container: MemoryContainer, behaviour: UnitBehaviour): MemoryUnit {
    const ended = Promise.withResolvers<void>();
    // Timers of different lengths that are late are not called in the order of their moments.
    const toCome = [...(behaviour.steps ?? [])].sort((a, b) => a.afterMs - b.afterMs);
    const goOn = (untilMs: number): void => {
      for (let next = toCome[0]; next !== undefined && next.afterMs <= untilMs; next = toCome[0]) {
        toCome.shift();
        for (const file of next.files ?? []) this.#model.write(container, file);
        next.effect?.();
      }
    };
    const end = (): void => {
      const { exitCode } = behaviour;
      goOn(behaviour.durationMs);
      unit.state = exitCode === 0 ? { state: 'succeeded' } : { state: 'failed', exitCode };
      if (exitCode === 0) for (const file of behaviour.filesWritten ?? []) this.#model.write(container, file);
      behaviour.atEnd?.();
      ended.resolve();
    };
    const steps = (behaviour.steps ?? []).map(({ afterMs }) =>
      this.#model.clock.after(afterMs, () => {
        goOn(afterMs);
      }),
    );
    const cancels = [...steps, this.#model.clock.after(behaviour.durationMs, end)];
    const cancel = (): void => {
      for (const each of cancels) each();
    };
    const unit: MemoryUnit = { state: { state: 'running' }, ended: ended.promise, cancel };
    return unit;
  }

  unitState(id: string, name: string): UnitState {
    return this.#running(id).units.get(name)?.state ?? { state: 'absent' };
  }

  async waitForUnit(id: string, name: string, signal: AbortSignal): Promise<UnitState> {
    const container = this.#running(id);
    const unit = container.units.get(name);
    if (unit?.state.state === 'running') await this.#whileRunning(container, unit.ended, signal);
    return unit?.state ?? { state: 'absent' };
  }

  readFile(id: string, path: string): string | undefined {
    assertArchivable(path);
    const container = this.#model.findContainer(id);
    if (container === undefined) return undefined;
    const { files, at } = this.#model.placeOf(container, path);
    return files.get(at);
  }

  writeFiles(id: string, files: readonly FileContent[]): void {
    for (const { path } of files) assertArchivable(path);
    const container = this.#model.findContainer(id);
    if (container === undefined) throw new ContainerNotRunning({ container: brief(id), state: 'it is gone' });
    for (const file of files) this.#model.write(container, file);
  }

  #running(id: string): MemoryContainer {
    const container = this.#model.findContainer(id);
    if (container?.state === 'running') return container;
    const state = container === undefined ? 'it is gone' : container.stateDetail || container.state;
    throw new ContainerNotRunning({ container: container?.name ?? brief(id), state });
  }

  #whileRunning<T>(container: MemoryContainer, promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return unless([signal, this.#gate.session, container.run.signal], promise);
  }
}
