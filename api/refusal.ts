import { isUnavailable, KubeApiError, KubeUnreachable } from '../controllers/kube/error.ts';
import { Failure } from './failure.ts';

/** The codes that a failed command may end with, besides those of the catalogue of errors. */
const CODES: readonly number[] = [400, 401, 403, 404, 409, 422, 429, 500, 503, 504];

/**
 * What an API server's refusal is to the person who typed the command: its own words and code, and what to do next. `what` is
 * the object that it was about, such as `Cluster dev`. Anything that is no refusal is a fault of ours, and comes back as it is.
 */
export function failureOf(error: unknown, what: string): unknown {
  if (error instanceof KubeUnreachable) return new Failure(503, `${sentence(error.message)} Try again.`, error);
  if (!(error instanceof KubeApiError)) return error;
  const next = NEXT[error.code];
  const words = `${what}: ${sentence(error.message)}`;
  return new Failure(codeOf(error), next === undefined ? words : `${words} ${next(error)}`, error);
}

/** Runs `ask`, and tells its refusal as `failureOf` does. */
export async function refusable<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw failureOf(error, what);
  }
}

/** Whether the caller may not see what was asked for. */
export const isForbidden = (error: unknown): boolean => error instanceof KubeApiError && error.code === 403;

function codeOf(error: KubeApiError): number {
  if (CODES.includes(error.code)) return error.code;
  return isUnavailable(error) ? 503 : 422;
}

/** Ends with one full stop. */
const sentence = (text: string): string => `${text.trim().replace(/[.\s]+$/, '')}.`;

const NEXT: Readonly<Record<number, (error: KubeApiError) => string>> = {
  401: () => 'The bridge could not show who it is: see docs/bridge.md, "When the bridge is refused".',
  403: () => 'Ask an administrator for the right.',
  409: ({ reason }) =>
    reason === 'AlreadyExists'
      ? 'Choose another name, or delete what has it first.'
      : 'Somebody changed it meanwhile: try again.',
  422: () => 'Correct it and try again.',
  429: ({ retryAfterSeconds }) =>
    `Try again${retryAfterSeconds === undefined ? ' later' : ` in ${String(retryAfterSeconds)} s`}.`,
};
