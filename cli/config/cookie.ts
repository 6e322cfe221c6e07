import type { Credentials } from './values.ts';

/**
 * The `cookie` header of the upgrade. A service account's is made anew each time: its id, encrypted with its public key,
 * which only the bridge, that has the private one, can read.
 */
export async function cookieOf({ uid, aux }: Credentials): Promise<string> {
  const first = typeof uid === 'string' ? uid : await sealed(aux, uid);
  return `qbo_uid=${first}; qbo_aux=${aux}`;
}

async function sealed(aux: string, key: Exclude<Credentials['uid'], string>): Promise<string> {
  // Loaded only here: most commands need no cryptography, and start sooner without it.
  const { CompactEncrypt, importJWK } = await import('jose');
  return new CompactEncrypt(new TextEncoder().encode(aux))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256CBC-HS512' })
    .encrypt(await importJWK({ ...key }, 'ECDH-ES'));
}
