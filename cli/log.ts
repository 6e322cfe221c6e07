import { plain } from './output/plain.ts';

const LEVELS = ['error', 'warn', 'notice', 'info', 'debug'] as const;

export type Level = (typeof LEVELS)[number];

/** What is not a result: on standard error, a line each, from the level of `CLI_LOG` on. */
export type Log = (level: Level, message: string) => void;

/** `warn` when nothing or something unknown is asked for. */
export function stderrLog(asked: string | undefined, write: (text: string) => void): Log {
  const index = LEVELS.findIndex((level) => level === asked?.toLowerCase());
  const most = index === -1 ? LEVELS.indexOf('warn') : index;
  return (level, message) => {
    if (LEVELS.indexOf(level) <= most) write(`qbo: ${prefix(level)}${plain(message)}\n`);
  };
}

const prefix = (level: Level): string => (level === 'warn' ? 'warning: ' : '');
