import { createPrivateKey, createPublicKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { compactDecrypt, errors, jwtVerify } from 'jose';
import type { AccountKey } from '../../crds/account.ts';
import type { Credential } from './credential.ts';

/** Whom a signed token is for. */
const AUDIENCE = 'qbo';
/** How long a signed token may be good for, and how far the clocks of its maker and of ours may be apart. */
const LONGEST_TOKEN_S = 300;
const CLOCK_SKEW_S = 30;

/** What a header may say, and no more: whatever else there is would have to be understood. */
const ENCRYPTED_HEADER: readonly string[] = ['alg', 'enc', 'epk'];
const SIGNED_HEADER: readonly string[] = ['alg', 'typ'];

/** What shows that somebody has an account. */
export type Proof = Extract<Credential, { readonly proof: string }>;

/**
 * Whether somebody who has the account of this key made the proof: `aux` encrypted for it (JWE, ECDH-ES with
 * A256CBC-HS512), or a token about `aux` that is signed with it (JWS, ES512) and ends within five minutes. Nothing else
 * counts, whatever the header says. Never throws for what somebody sent.
 */
export async function isProven({ kind, proof, aux }: Proof, key: AccountKey, now: Date): Promise<boolean> {
  const privateKey = privateKeyOf(key);
  if (privateKey === undefined) return false;
  try {
    return kind === 'encrypted'
      ? isSame(await decrypted(proof, privateKey), Buffer.from(aux))
      : await isSigned(proof, aux, createPublicKey(privateKey), now);
  } catch (error) {
    if (isOfInput(error)) return false;
    throw error;
  }
}

async function decrypted(proof: string, key: KeyObject): Promise<Uint8Array> {
  const { plaintext, protectedHeader } = await compactDecrypt(proof, key, {
    keyManagementAlgorithms: ['ECDH-ES'],
    contentEncryptionAlgorithms: ['A256CBC-HS512'],
  });
  return hasOnly(protectedHeader, ENCRYPTED_HEADER) ? plaintext : new Uint8Array();
}

async function isSigned(proof: string, aux: string, key: KeyObject, now: Date): Promise<boolean> {
  const { payload, protectedHeader } = await jwtVerify(proof, key, {
    algorithms: ['ES512'],
    audience: AUDIENCE,
    subject: aux,
    requiredClaims: ['iat', 'exp'],
    clockTolerance: CLOCK_SKEW_S,
    currentDate: now,
  });
  const { iat = 0, exp = Infinity } = payload;
  const isShort = exp - iat <= LONGEST_TOKEN_S && iat <= now.getTime() / 1000 + CLOCK_SKEW_S;
  return isShort && hasOnly(protectedHeader, SIGNED_HEADER);
}

const hasOnly = (header: object, known: readonly string[]): boolean =>
  Object.keys(header).every((name) => known.includes(name));

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

/** jose's own errors, and WebCrypto's for points that are on no curve. By name: realms have classes of their own. */
const isOfInput = (error: unknown): boolean =>
  error instanceof errors.JOSEError || WRONG_INPUT.includes((error as { readonly name?: string } | null)?.name ?? '');

const WRONG_INPUT: readonly string[] = ['DataError', 'OperationError'];

/** undefined when somebody has changed it into none. */
function privateKeyOf(key: AccountKey): KeyObject | undefined {
  try {
    return createPrivateKey({ key: { ...key }, format: 'jwk' });
  } catch (error) {
    if ((error as { readonly code?: string } | null)?.code === 'ERR_CRYPTO_INVALID_JWK') return undefined;
    throw error;
  }
}
