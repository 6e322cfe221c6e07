import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Account, AccountKey } from '../../crds/account.ts';

/** A new service account: a P-521 key pair, and the uuid that its owner encrypts to show that they have it. */
export function newAccount(rotation: number, now: Date): Account {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const { kty, crv, x, y, d } = privateKey.export({ format: 'jwk' });
  return { key: { kty, crv, x, y, d } as AccountKey, aux: randomUUID(), rotation, created: now.toISOString() };
}
