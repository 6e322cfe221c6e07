/** What somebody shows who asks for a socket, read from the cookies and not yet believed. */
export type Credential =
  /** Logged in on the web. */
  | { readonly kind: 'session'; readonly token: string }
  /** A service account: that it is the owner's who can encrypt `aux` for it, or sign for it. */
  | { readonly kind: 'encrypted' | 'signed'; readonly proof: string; readonly aux: string };

/** Of the whole header. Browsers send the cookies of other programs on the same host along. */
const LONGEST_HEADER = 8_192;
/** A proof has some 480 characters; libraries add spaces and order fields as they like. */
const LONGEST_PROOF = 2_048;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Five parts of which the second, an encrypted key, is empty: the key is agreed upon. */
const ENCRYPTED = /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/;
const SIGNED = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The credential in a Cookie header; undefined when there is none that is well formed. A cookie that comes twice is none:
 * whoever stands between browser and bridge may see the one and we the other.
 */
export function readCredential(header: string | undefined): Credential | undefined {
  if (header === undefined || header.length > LONGEST_HEADER) return undefined;
  const uid = cookiesOf(header, 'qbo_uid');
  const aux = cookiesOf(header, 'qbo_aux');
  if (uid.length !== 1 || aux.length > 1) return undefined;
  return credentialOf(uid[0] ?? '', aux[0] ?? '');
}

function credentialOf(uid: string, aux: string): Credential | undefined {
  if (aux === '') return UUID.test(uid) ? { kind: 'session', token: uid.toLowerCase() } : undefined;
  if (!UUID.test(aux) || uid.length > LONGEST_PROOF) return undefined;
  if (ENCRYPTED.test(uid)) return { kind: 'encrypted', proof: uid, aux };
  return SIGNED.test(uid) ? { kind: 'signed', proof: uid, aux } : undefined;
}

/** The values of all cookies of a name. */
const cookiesOf = (header: string, name: string): string[] =>
  header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(`${name}=`))
    .map((cookie) => cookie.slice(name.length + 1));
