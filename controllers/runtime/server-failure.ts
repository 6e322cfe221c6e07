/**
 * What the API server said, recognised by shape, because the client that throws it is none of this folder's business.
 */
interface ServerFailure {
  /** HTTP status. */
  readonly code: number;
  /** metav1.Status.reason. */
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly retryAfterSeconds?: unknown;
}

const isServerFailure = (error: unknown): error is ServerFailure =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number';

/** The object has changed since it was read. */
export const isConflict = (error: unknown): boolean =>
  isServerFailure(error) && error.code === 409 && error.reason === 'Conflict';

export const isAlreadyExists = (error: unknown): boolean =>
  isServerFailure(error) && error.code === 409 && error.reason === 'AlreadyExists';

export const isNotFound = (error: unknown): boolean => isServerFailure(error) && error.code === 404;

export const isTooManyRequests = (error: unknown): boolean => isServerFailure(error) && error.code === 429;

/** The server forgot that resourceVersion: list anew. */
export const isExpired = (error: unknown): boolean =>
  isServerFailure(error) && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');

/** The server has not come to that resourceVersion yet, and never will when it was restored from a backup. */
export const isFromTheFuture = (error: unknown): boolean =>
  isServerFailure(error) && error.code === 504 && String(error.message).includes('Too large resource version');

/** Asking the same again would get the same answer. */
export const isRefusedAsAsked = (error: unknown): boolean =>
  isServerFailure(error) && (error.code === 400 || error.code === 422);

/** How long the server asks to be left alone; 0 when it does not say. */
export function retryAfterMs(error: unknown): number {
  if (!isServerFailure(error) || typeof error.retryAfterSeconds !== 'number') return 0;
  return Math.max(0, error.retryAfterSeconds * 1000);
}
