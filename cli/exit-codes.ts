/** What the shell is told. Documented in `qbo --help` and docs/cli.md: a number never gets another meaning. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  unreachable: 5,
  refused: 6,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** In the words of the help. */
export const EXIT_CODES: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [ExitCode.ok, 'done'],
  [ExitCode.failed, 'failed for another reason; the message says which'],
  [ExitCode.usage, 'the command line or a configuration file can not be understood'],
  [ExitCode.notFound, 'what was named does not exist'],
  [ExitCode.denied, 'not logged in, or not allowed'],
  [ExitCode.unreachable, 'no answer: bridge away, certificate not trusted, connection lost for too long'],
  [ExitCode.refused, 'exists already, is in use, is not valid, or was asked for too often'],
  [ExitCode.interrupted, 'interrupted by Ctrl-C; what was asked for goes on'],
  [ExitCode.brokenPipe, 'the reader of the output has closed it'],
  [ExitCode.terminated, 'terminated by a signal; what was asked for goes on'],
];

const BY_WIRE_CODE: Readonly<Record<number, ExitCode>> = {
  400: ExitCode.usage,
  401: ExitCode.denied,
  403: ExitCode.denied,
  404: ExitCode.notFound,
  409: ExitCode.refused,
  422: ExitCode.refused,
  429: ExitCode.refused,
  503: ExitCode.unreachable,
  504: ExitCode.unreachable,
};

/** For the `code` of a command's last message. */
export function exitCodeOf(code: number): ExitCode {
  if (code < 400) return ExitCode.ok;
  return BY_WIRE_CODE[code] ?? ExitCode.failed;
}
