/** The program `qbo`: hands the process to `run`, and ends it as a shell expects. */
import { homedir } from 'node:os';

import { systemClock } from './clock.ts';
import { dial } from './connection/dial.ts';
import { ExitCode } from './exit-codes.ts';
import { coloursWanted, type Terminal } from './output/terminal.ts';
import { run, type World } from './run.ts';
import { CLI_VERSION } from './version.ts';

const { stdout, stderr } = process;
const isInteractive = stdout.isTTY;

const terminal: Terminal = {
  isInteractive,
  hasColour: coloursWanted(isInteractive, process.env),
  columns: () => stdout.columns || 80,
  rows: () => stdout.rows || 24,
  write: (text) => void stdout.write(text),
  writeError: (text) => void stderr.write(text),
};

/** The longest for a connection to be made, and for the bridge to take it. */
const HANDSHAKE_MS = 10_000;

const world: World = {
  home: process.env['HOME'] || homedir(),
  variables: process.env,
  terminal,
  clock: systemClock,
  arch: process.arch,
  newId: () => crypto.randomUUID(),
  random: Math.random,
  connect: async (config, signal) => {
    // That nobody listens is known before what speaks websocket, most of the program, is loaded.
    const line = config.isEncrypted ? undefined : await dial(config, HANDSHAKE_MS, signal);
    const { connect } = await import('./connection/socket.ts');
    const agent = `qbo-${CLI_VERSION.replace(':', '/')}`;
    return connect(config, { agent, handshakeMs: HANDSHAKE_MS, ...(line === undefined ? {} : { line }) }, signal);
  },
};

/** Why a run ends early; it is no error of anybody's. */
class Ending extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super('ended');
    this.exitCode = exitCode;
  }
}

const ending = new AbortController();

function endOn(signal: NodeJS.Signals, exitCode: ExitCode): void {
  process.once(signal, () => {
    ending.abort(new Ending(exitCode));
    // A second one does not wait for anything to be closed in order.
    process.once(signal, () => process.exit(exitCode));
  });
}

endOn('SIGINT', ExitCode.interrupted);
endOn('SIGTERM', ExitCode.terminated);
endOn('SIGHUP', ExitCode.terminated);

// Whoever reads may stop: `qbo get nodes -w | head -1`.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') ending.abort(new Ending(ExitCode.brokenPipe));
  else throw error;
});
stderr.on('error', () => undefined);

/** Of a run; what is thrown and no way to end is a bug, and says where it is. */
async function outcome(): Promise<ExitCode> {
  try {
    return await run(process.argv.slice(2), world, ending.signal);
  } catch (error) {
    if (error instanceof Ending) return error.exitCode;
    const where = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(`qbo: this is a bug of qbo: ${where}\n`);
    return ExitCode.failed;
  }
}

const code = await outcome();
// Not before everything is written; and no longer, for the bridge's goodbye, than that.
stdout.write('', () => process.exit(code));
