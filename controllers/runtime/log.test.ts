import { expect, test } from '@jest/globals';
import { createLogger, type Logger, type LogLevel } from './log.ts';

/** A logger and the lines that it wrote. */
function capture(level?: LogLevel): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(level, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  return { log, lines };
}

test('a line is one JSON object with time, level, message and fields', () => {
  const { log, lines } = capture();
  log.child({ controller: 'nodes' }).info('Reconciled', { tookMs: 3 });

  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      message: 'Reconciled',
      controller: 'nodes',
      tookMs: 3,
    },
  ]);
});

test('lines below the level are not written', () => {
  const { log, lines } = capture('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.child({ x: 1 }).error('d');

  expect(lines.map(({ message }) => message)).toEqual(['c', 'd']);
});

test('an error is written with its causes and where it came from, in whatever field it is', () => {
  const { log, lines } = capture();
  const cause = Object.assign(new TypeError('socket hang up'), { code: 'ECONNRESET' });
  log.error('Failed', { error: new Error('The engine does not answer', { cause }) });

  expect(lines[0]).toMatchObject({
    error: {
      type: 'Error',
      message: 'The engine does not answer',
      stack: expect.stringContaining('log.test.ts'),
      cause: { type: 'TypeError', message: 'socket hang up', code: 'ECONNRESET' },
    },
  });
});

test('all errors of an aggregate are written', () => {
  const { log, lines } = capture();
  log.warn('Failed', { error: new AggregateError([new Error('a'), new Error('b')], 'two') });

  expect(lines[0]).toMatchObject({ error: { message: 'two', errors: [{ message: 'a' }, { message: 'b' }] } });
});

test('what an error carries of a request is not written: it may be a secret', () => {
  const { log, lines } = capture();
  log.error('Failed', {
    error: Object.assign(new Error('401'), { code: 401, headers: { authorization: 'Bearer secret' }, body: 'secret' }),
  });

  expect(JSON.stringify(lines)).not.toContain('secret');
  expect(lines[0]).toMatchObject({ error: { code: 401 } });
});

test('an error that is its own cause is written all the same', () => {
  const { log, lines } = capture();
  const error = new Error('round');
  error.cause = error;
  log.error('Failed', { error });

  expect(lines).toHaveLength(1);
});
