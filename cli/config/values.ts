/** The values that a configuration may set, each from a file's key or an environment variable, checked where they enter. */

/** Public part of a service account's key, as in `cli.json`. */
export interface PublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256' | 'P-384' | 'P-521';
  readonly x: string;
  readonly y: string;
}

/** What proves who asks: a web token, a cookie that was made elsewhere, or a service account's key with its id. */
export interface Credentials {
  readonly uid: string | PublicKey;
  /** Empty with a web token. */
  readonly aux: string;
}

/** A value that was refused: what is wrong with it and what to do, to be put after its place. */
export class ValueError extends Error {}

const COORDINATE_BYTES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Five base64url parts; the second, the encrypted key, is empty. */
const COMPACT_JWE = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/;

export function hostOf(value: unknown): string {
  const host = typeof value === 'string' ? value.trim().replace(/^\[(.*)\]$/, '$1') : '';
  if (!/^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?$|^[0-9a-fA-F:]*:[0-9a-fA-F:.%\w]*$/.test(host)) {
    throw new ValueError(
      `is ${shown(value)}, which is no host. Give a host name or an IP address, without a scheme and without a port.`,
    );
  }
  return host;
}

export function portOf(value: unknown): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value.trim()) ? Number(value) : value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ValueError(`is ${shown(value)}, which is no port. Give a number from 1 to 65535.`);
  }
  return port;
}

/** Whether the connection is encrypted. */
export function switchOf(value: unknown): boolean {
  if (value === true || value === 1 || value === '1' || value === 'true') return true;
  if (value === false || value === 0 || value === '0' || value === 'false') return false;
  throw new ValueError(`is ${shown(value)}. Give 1 for wss or 0 for ws, or leave it out.`);
}

/** A JWK may also come as its JSON text, since an environment variable has no objects. */
export function uidOf(value: unknown): string | PublicKey {
  const given = typeof value === 'string' && value.trimStart().startsWith('{') ? jsonOf(value) : value;
  if (typeof given === 'object' && given !== null) return publicKeyOf(given as Record<string, unknown>);
  if (typeof given === 'string' && (UUID.test(given.trim()) || COMPACT_JWE.test(given.trim()))) return given.trim();
  throw new ValueError(
    'is neither a web token (a uuid) nor the public key of a service account ({"kty":"EC","crv":"P-521","x":"…","y":"…"}). ' +
      'Copy it again from `qbo get user NAME` or from the web console.',
  );
}

export function auxOf(value: unknown): string {
  const aux = typeof value === 'string' ? value.trim() : undefined;
  if (aux === undefined || (aux !== '' && !UUID.test(aux))) {
    throw new ValueError('is not a uuid. Copy it again from `qbo get user NAME`.');
  }
  return aux;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueError(
      'begins like a JSON object and is none. Give the public key as one line of JSON, in single quotes.',
    );
  }
}

function publicKeyOf({ kty, crv, x, y }: Record<string, unknown>): PublicKey {
  const bytes = typeof crv === 'string' ? COORDINATE_BYTES[crv] : undefined;
  if (kty !== 'EC' || bytes === undefined) {
    throw new ValueError(
      'is a key of another type. A service account has kty "EC" and crv "P-521"; copy it again from `qbo get user NAME`.',
    );
  }
  const isCoordinate = (part: unknown): part is string =>
    typeof part === 'string' && /^[\w-]+$/.test(part) && Buffer.from(part, 'base64url').length === bytes;
  if (!isCoordinate(x) || !isCoordinate(y)) {
    throw new ValueError(
      `is a key whose x or y is not ${bytes} bytes in base64url: some of it was lost in copying. Copy it again from \`qbo get user NAME\`.`,
    );
  }
  return { kty, crv: crv as PublicKey['crv'], x, y };
}

/** Not for secrets. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
