import { KubeApiError, KubeUnreachable } from './error.ts';

/** What a refused request says about itself. */
export interface Failure {
  readonly error: KubeApiError;
  /** The object that was not found; absent when it is the kind itself that the server does not serve. */
  readonly missingObject: string | undefined;
}

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: { readonly name?: string; readonly retryAfterSeconds?: number };
}

/** Reads a response that is not 2xx. Proxies and load balancers answer in plain text: their words are kept too. */
export function parseFailure(code: number, body: string, retryAfter: string | undefined): Failure {
  const status = parseStatus(body);
  const reason = status.reason ?? REASONS[code] ?? 'Unknown';
  const message = status.message ?? (plainText(body) || reason);
  const wait = status.details?.retryAfterSeconds ?? seconds(retryAfter);
  return { error: new KubeApiError(code, reason, message, wait), missingObject: status.details?.name };
}

/** The object of a watch's ERROR event is a metav1.Status. */
export function parseWatchError(object: unknown): KubeApiError {
  const status: Status = typeof object === 'object' && object !== null ? object : {};
  const code = status.code ?? 500;
  const message = status.message ?? 'the watch failed without saying why';
  return new KubeApiError(
    code,
    status.reason ?? REASONS[code] ?? 'Unknown',
    message,
    status.details?.retryAfterSeconds,
  );
}

/** Why a server could not be asked, in a sentence that names it. */
export function unreachable(server: string, cause: unknown): KubeUnreachable {
  if (cause instanceof KubeUnreachable) return cause;
  const error = cause as Error & { code?: string };
  const why = EXPLANATIONS[error.code ?? ''] ?? explainTls(error.code) ?? error.message;
  return new KubeUnreachable(`The API server at ${server} could not be asked: ${why}.`, { cause });
}

const MAX_PLAIN_TEXT = 300;

/** What a health check says begins with dozens of checks that pass: of those nobody wants to hear. */
function plainText(body: string): string {
  const failing = body.split('\n').filter((line) => line.startsWith('[-]'));
  return (failing.length > 0 ? failing.join('\n') : body.trim()).slice(0, MAX_PLAIN_TEXT);
}

function parseStatus(body: string): Status {
  if (!body.startsWith('{')) return {};
  try {
    return JSON.parse(body) as Status;
  } catch {
    return {}; // Cut short or not ours: the text itself becomes the message.
  }
}

const seconds = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there, so it is stopped or still starting (ECONNREFUSED)',
  ECONNRESET: 'it closed the connection before it had answered (ECONNRESET)',
  EPIPE: 'it closed the connection while it was being asked (EPIPE)',
  ETIMEDOUT: 'it did not answer in time (ETIMEDOUT)',
  EHOSTUNREACH: 'there is no route to that host (EHOSTUNREACH)',
  ENETUNREACH: 'there is no route to that network (ENETUNREACH)',
  ENOTFOUND: 'its host name is not known (ENOTFOUND)',
  EAI_AGAIN: 'its host name could not be looked up just now (EAI_AGAIN)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate was issued for another address (ERR_TLS_CERT_ALTNAME_INVALID)',
  CERT_HAS_EXPIRED: 'its certificate has expired (CERT_HAS_EXPIRED)',
};

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

const explainTls = (code: string | undefined): string | undefined =>
  code !== undefined && UNTRUSTED.has(code)
    ? `its certificate is not signed by the authority in the kubeconfig (${code})`
    : undefined;
