/** The API server answered, and the answer is a failure. Fields follow metav1.Status. */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** HTTP status code. */
  readonly code: number;
  /** metav1.Status.reason: NotFound, AlreadyExists, Conflict, Invalid, Expired ... */
  readonly reason: string;
  /** Seconds that the server asks to wait before the next try; 429 and 503 may have it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The API server could not be asked: connection refused, reset, timed out, or its certificate is not trusted. */
export class KubeUnreachable extends Error {
  override readonly name = 'KubeUnreachable';
}

export const isNotFound = (error: unknown): boolean => error instanceof KubeApiError && error.code === 404;
/** Nobody answered, or the server can not answer now: a state of the world to wait for, not a fault of the caller. */
export const isUnavailable = (error: unknown): error is KubeApiError | KubeUnreachable =>
  error instanceof KubeUnreachable || (error instanceof KubeApiError && error.code >= 500);
/** The API server does not know who asks: credentials that have ended, or are another cluster's. */
export const isRefused = (error: unknown): error is KubeApiError => error instanceof KubeApiError && error.code === 401;
