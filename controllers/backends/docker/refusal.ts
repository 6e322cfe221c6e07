import { EngineUnavailable, OutOfSpace, QboError } from '../../../crds/errors.ts';

/** The engine answered, and the answer is no. Never leaves this folder where something better is known. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** HTTP status; 0 when the refusal came inside a stream. */
  readonly status: number;
  /** The engine's own words. */
  readonly answer: string;

  constructor(what: string, status: number, answer: string, cause?: unknown) {
    super(`Docker refused what was asked of ${what}: ${answer}`, { cause });
    this.status = status;
    this.answer = answer;
  }

  static is(error: unknown, status: number, answer = /(?:)/): error is Refused {
    return error instanceof Refused && error.status === status && answer.test(error.answer);
  }
}

/** System errors of a socket that nobody answers on. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'EACCES',
  'ENOTSOCK',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Said by an engine that is going down, or whose containerd is. */
const GOING_DOWN =
  /shutting down|not initialized yet|transport is closing|error while dialing|context canceled|ttrpc: closed/i;

const NO_SPACE = /no space left on device|disk quota exceeded/i;

/** What a failed request means. Errors that already mean something pass through. */
export function translate(error: unknown, context: { what: string; endpoint: string }): unknown {
  if (error instanceof QboError || error instanceof Refused) return error;
  if (!isError(error)) return error;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const answer = answerOf(error);
  const unreachable = typeof code === 'string' && UNREACHABLE.has(code);
  if (unreachable || statusCode === 503 || (Number(statusCode) >= 500 && GOING_DOWN.test(answer)))
    return new EngineUnavailable({ endpoint: context.endpoint, why: answer }, error);
  if (NO_SPACE.test(answer)) return outOfSpace(context.what, answer, error);
  return typeof statusCode === 'number' ? new Refused(context.what, statusCode, answer, error) : error;
}

/** Also for errors of another realm, as in tests that run in one of their own. */
const isError = (value: unknown): value is Error => Object.prototype.toString.call(value) === '[object Error]';

/** A refusal that came inside a stream of an accepted request. */
export const refusedInStream = (what: string, answer: string): Error =>
  NO_SPACE.test(answer) ? outOfSpace(what, answer) : new Refused(what, 0, answer);

const outOfSpace = (what: string, answer: string, cause?: unknown): OutOfSpace =>
  new OutOfSpace({ what, answer }, cause);

/** dockerode wraps the engine's words: `(HTTP code 404) no such container - No such container: x `. */
const answerOf = ({ message }: Error): string => message.replace(/^\(HTTP code \d+\) .*? - /s, '').trim();
