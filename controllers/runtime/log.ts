import { pino, type DestinationStream, type Logger as Pino } from 'pino';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Log lines are for engineers; what a user must know belongs in conditions and events. Messages are constant, with a
 * capital first letter and no full stop; what varies goes into fields. An Error in any field is written out whole.
 */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: Fields): Logger;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines to stdout, or to `destination`. */
export function createLogger(level: LogLevel = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  };
  return new PinoLogger(destination === undefined ? pino(options) : pino(options, destination));
}

const discard = (): void => undefined;

/** Writes nothing: for tests. */
export const silentLogger: Logger = {
  debug: discard,
  info: discard,
  warn: discard,
  error: discard,
  child: () => silentLogger,
};

class PinoLogger implements Logger {
  readonly #pino: Pino;

  constructor(logger: Pino) {
    this.#pino = logger;
  }

  debug(message: string, fields: Fields = {}): void {
    this.#pino.debug(plain(fields), message);
  }

  info(message: string, fields: Fields = {}): void {
    this.#pino.info(plain(fields), message);
  }

  warn(message: string, fields: Fields = {}): void {
    this.#pino.warn(plain(fields), message);
  }

  error(message: string, fields: Fields = {}): void {
    this.#pino.error(plain(fields), message);
  }

  child(fields: Fields): Logger {
    return new PinoLogger(this.#pino.child(plain(fields)));
  }
}

function plain(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? written(value) : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/**
 * Chosen fields only: errors of HTTP clients carry requests and headers, and those carry tokens.
 */
function written(error: Error, depth = 0): Record<string, unknown> {
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  const cause = error.cause instanceof Error && depth < 5 ? written(error.cause, depth + 1) : undefined;
  const errors = error instanceof AggregateError ? error.errors.filter((each) => each instanceof Error) : [];
  return {
    type: error.name,
    message: error.message,
    ...(isScalar(code) && { code }),
    ...(isScalar(reason) && { reason }),
    stack: error.stack,
    ...(cause !== undefined && { cause }),
    ...(errors.length > 0 && depth < 5 && { errors: errors.map((each) => written(each, depth + 1)) }),
  };
}

const isScalar = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
