import { posix } from 'node:path';
import { NotANodeImage, UnitRefused } from '../../../crds/errors.ts';
import type { ExecResult, UnitSpec, UnitState } from '../containers.ts';
import type { Connection } from './connection.ts';
import { inspectContainer } from './containers.ts';
import { exec } from './exec.ts';
import { NO_SYSTEMD, NOT_UP_YET, SHOW_UNIT, START_UNIT, WAIT_FOR_UNIT } from './unit-scripts.ts';
import { parseUnitState } from './unit-state.ts';

/** Exit codes of a program that can not be run. */
const NO_SHELL: readonly number[] = [126, 127];
const GOING_DOWN_MS = 100;
/** So often in a row: there is no shell in the image. */
const BELIEVED_REFUSALS = 20;

/** Commands as transient services of a node's systemd. */
export class Units {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async start(id: string, unit: UnitSpec, signal: AbortSignal): Promise<void> {
    const script = ['sh', '-c', START_UNIT, 'start-unit', service(unit.name), posix.dirname(unit.logFile)];
    for (;;) {
      const result = await exec(this.#connection, id, { argv: [...script, ...systemdRunArguments(unit)] }, signal);
      if (result.exitCode === 0) return;
      if (result.exitCode !== NOT_UP_YET) throw await this.#refusal(id, unit, result, signal);
    }
  }

  async state(id: string, name: string, signal: AbortSignal): Promise<UnitState> {
    const { stdout } = await exec(this.#connection, id, { argv: [...SHOW_UNIT, service(name)] }, signal);
    return parseUnitState(stdout);
  }

  async waitFor(id: string, name: string, signal: AbortSignal): Promise<UnitState> {
    const argv = ['sh', '-c', WAIT_FOR_UNIT, 'wait-for-unit', service(name)];
    for (let refusals = 0; ; refusals += 1) {
      const { exitCode, stdout } = await exec(this.#connection, id, { argv }, signal);
      // Nor can a shell be started in a node that is just ending, which soon has ended.
      const hasNoShell = NO_SHELL.includes(exitCode) && refusals >= BELIEVED_REFUSALS;
      if (exitCode === 0 || hasNoShell) return parseUnitState(stdout);
      // The node is going down, and took the wait with it; soon this ends in ContainerNotRunning.
      await this.#connection.clock.sleep(GOING_DOWN_MS, signal);
    }
  }

  async #refusal(id: string, unit: UnitSpec, result: ExecResult, signal: AbortSignal): Promise<Error> {
    const info = await inspectContainer(this.#connection, id, signal);
    const container = info?.Name.replace(/^\//, '') ?? id;
    if (result.exitCode === NO_SYSTEMD || NO_SHELL.includes(result.exitCode))
      return new NotANodeImage({ image: info?.Config.Image ?? 'of the container', why: 'there is no systemd in it' });
    const answer = (result.stderr || result.stdout).trim() || `exit code ${String(result.exitCode)}`;
    return new UnitRefused({ unit: unit.name, container, answer });
  }
}

const service = (name: string): string => `${name}.service`;

/**
 * A one-shot service that stays known after it has ended well, so that its success can be read later by anyone.
 */
export const systemdRunArguments = (unit: UnitSpec): readonly string[] => [
  `--unit=${service(unit.name)}`,
  '--no-block',
  '--property=Type=oneshot',
  '--property=RemainAfterExit=yes',
  `--property=StandardOutput=append:${unit.logFile}`,
  `--property=StandardError=append:${unit.logFile}`,
  '--',
  // systemd expands $VARIABLES in arguments; doubled, a dollar is a dollar.
  ...unit.argv.map((argument) => argument.replaceAll('$', '$$$$')),
];
