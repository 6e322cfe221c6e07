import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CompactEncrypt, importJWK } from 'jose';
import { encrypted, encryptedByHand, newKey, signed } from '../../test/fixtures/accounts/proofs.ts';
import { isProven } from './proof.ts';

const AUX = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
const OTHER = '66fac858-a271-49cf-bad0-fdd9ff0b4788';
const NOW = new Date('2026-01-01T00:00:00Z');
const SECOND = NOW.getTime() / 1000;

const key = newKey();

const isEncrypted = (proof: string, aux = AUX, of = key) => isProven({ kind: 'encrypted', proof, aux }, of, NOW);
const isSigned = (proof: string, aux = AUX, of = key) => isProven({ kind: 'signed', proof, aux }, of, NOW);
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const part = (token: string, index: number): string => token.split('.')[index] ?? '';
const withPart = (token: string, index: number, text: string): string =>
  token
    .split('.')
    .map((each, at) => (at === index ? text : each))
    .join('.');

describe('aux, encrypted for the account, shows who somebody is', () => {
  test('when a library has made it', async () => {
    expect(await isEncrypted(await encrypted(AUX, key))).toBe(true);
  });

  test('when it was made by the letter of the standard, as libwebsockets does', async () => {
    expect(await isEncrypted(encryptedByHand(AUX, key))).toBe(true);
  });

  test('again and again, each time in other words', async () => {
    const [one, two] = [await encrypted(AUX, key), await encrypted(AUX, key)];
    expect(one).not.toBe(two);
    expect([await isEncrypted(one), await isEncrypted(one), await isEncrypted(two)]).toEqual([true, true, true]);
  });

  test('and nobody else', async () => {
    const proof = await encrypted(AUX, key);
    expect(await isEncrypted(proof, OTHER)).toBe(false);
    expect(await isEncrypted(proof, AUX, newKey())).toBe(false);
    expect(await isEncrypted(await encrypted(AUX, newKey()))).toBe(false);
    expect(await isEncrypted(await encrypted(OTHER, key))).toBe(false);
    expect(await isEncrypted(await encrypted(`${AUX} `, key))).toBe(false);
    expect(await isEncrypted(await encrypted('', key), '')).toBe(true);
  });
});

describe('nothing but ECDH-ES on P-521 with A256CBC-HS512 is believed:', () => {
  test.each([
    ['another cipher', { enc: 'A256GCM' }],
    ['a smaller cipher', { enc: 'A128CBC-HS256' }],
    ['a wrapped key', { alg: 'ECDH-ES+A256KW' }],
    ['a header that says more', { kid: 'me' }],
    ['a header with a type', { typ: 'JOSE' }],
  ])('not %s', async (_, header) => {
    expect(await isEncrypted(await encrypted(AUX, key, header))).toBe(false);
  });

  test('not information about the parties, which would change the key', async () => {
    const recipient = await importJWK({ kty: 'EC', crv: 'P-521', x: key.x, y: key.y }, 'ECDH-ES');
    const proof = await new CompactEncrypt(Buffer.from(AUX))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256CBC-HS512' })
      .setKeyManagementParameters({ apu: Buffer.from('a'), apv: Buffer.from('b') })
      .encrypt(recipient);
    expect(await isEncrypted(proof)).toBe(false);
  });

  test.each(['P-256', 'P-384'])('not %s', async (curve) => {
    expect(await isEncrypted(await encrypted(AUX, newKey(curve)))).toBe(false);
  });

  test.each([
    ['none', { alg: 'none' }],
    ['dir', { alg: 'dir', enc: 'A256CBC-HS512' }],
    ['RSA', { alg: 'RSA-OAEP', enc: 'A256CBC-HS512' }],
    ['a password', { alg: 'PBES2-HS512+A256KW', enc: 'A256CBC-HS512', p2s: 'AAAA', p2c: 1_000_000_000 }],
    ['an ephemeral key of another curve', { epk: { kty: 'EC', crv: 'P-256', x: key.x, y: key.y } }],
    ['an ephemeral key that is no point', { epk: { kty: 'EC', crv: 'P-521', x: key.y, y: key.x } }],
    ['the point at infinity', { epk: { kty: 'EC', crv: 'P-521', x: 'A'.repeat(88), y: 'A'.repeat(88) } }],
    ['an ephemeral key that is none', { epk: 'key' }],
    ['no ephemeral key', { epk: undefined }],
    ['an ephemeral key of numbers', { epk: { kty: 'EC', crv: 'P-521', x: 1, y: 2 } }],
    ['an ephemeral key that is half', { epk: { kty: 'EC', crv: 'P-521', x: key.x } }],
    ['an ephemeral key that is private', { epk: { ...key } }],
    ['numbers', { alg: 1, enc: 2 }],
    ['an extension that must be understood', { crit: ['exp'], exp: 1 }],
    ['compression', { zip: 'DEF' }],
  ])('not a header that says %s', async (_, change) => {
    const proof = await encrypted(AUX, key);
    const header = JSON.parse(Buffer.from(part(proof, 0), 'base64url').toString()) as object;
    expect(await isEncrypted(withPart(proof, 0, base64({ ...header, ...change })))).toBe(false);
  });

  test('not a header that is no JSON', async () => {
    const proof = await encrypted(AUX, key);
    expect(await isEncrypted(withPart(proof, 0, 'e30'))).toBe(false);
    expect(await isEncrypted(withPart(proof, 0, 'AAAA'))).toBe(false);
    expect(await isEncrypted(withPart(proof, 0, base64([])))).toBe(false);
  });
});

test('a proof of which one character is another, or that is cut, is none', async () => {
  const proof = await encrypted(AUX, key);
  const property = fc.asyncProperty(
    fc.nat({ max: proof.length - 1 }),
    fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'),
    fc.boolean(),
    async (at, character, isCut) => {
      const changed = isCut ? proof.slice(0, at) : proof.slice(0, at) + character + proof.slice(at + 1);
      const isLast = at === proof.length - 1 || proof[at + 1] === '.';
      // The last character of a part has bits that mean nothing.
      fc.pre(changed !== proof && (isCut || !isLast));
      expect(await isEncrypted(changed)).toBe(false);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test('whatever comes as a proof, the answer is no, and never an error', async () => {
  const text = fc.string({ unit: fc.constantFrom('A', 'b', '0', '-', '_', '.', '{', '}') });
  const property = fc.asyncProperty(
    text,
    fc.constantFrom('encrypted' as const, 'signed' as const),
    async (proof, kind) => {
      expect(await isProven({ kind, proof, aux: AUX }, key, NOW)).toBe(false);
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

test('nobody has an account whose key is none', async () => {
  const proof = await encrypted(AUX, key);
  expect(await isEncrypted(proof, AUX, { ...key, x: key.y })).toBe(false);
  expect(await isEncrypted(proof, AUX, { ...key, d: 'A'.repeat(88) })).toBe(false);
});

describe('a signed token shows who somebody is', () => {
  const minute = { iat: SECOND, exp: SECOND + 60 };

  test('for as long as it says, which is five minutes at most', async () => {
    expect(await isSigned(await signed(AUX, key, minute))).toBe(true);
    expect(await isSigned(await signed(AUX, key, { iat: SECOND - 200, exp: SECOND + 100 }))).toBe(true);
    expect(await isSigned(await signed(AUX, key, { iat: SECOND, exp: SECOND + 301 }))).toBe(false);
    expect(await isSigned(await signed(AUX, key, { iat: SECOND - 120, exp: SECOND - 31 }))).toBe(false);
    expect(await isSigned(await signed(AUX, key, { iat: SECOND + 31, exp: SECOND + 60 }))).toBe(false);
  });

  test('and nobody else', async () => {
    const token = await signed(AUX, key, minute);
    expect(await isSigned(token, OTHER)).toBe(false);
    expect(await isSigned(token, AUX, newKey())).toBe(false);
    expect(await isSigned(await signed(OTHER, key, minute))).toBe(false);
    expect(await isSigned(await signed(AUX, key, { ...minute, audience: 'other' }))).toBe(false);
  });

  test('and not when it is signed with nothing, or with what everybody has', async () => {
    const claims = base64({ sub: AUX, aud: 'qbo', ...minute });
    expect(await isSigned(`${base64({ alg: 'none' })}.${claims}.`)).toBe(false);
    expect(await isSigned(`${base64({ alg: 'HS512' })}.${claims}.${'A'.repeat(86)}`)).toBe(false);
    const token = await signed(AUX, key, minute);
    expect(await isSigned(withPart(token, 1, base64({ sub: OTHER, aud: 'qbo', ...minute })), OTHER)).toBe(false);
    expect(await isSigned(withPart(token, 2, 'A'.repeat(176)))).toBe(false);
  });

  test('and never in place of the other kind', async () => {
    expect(await isEncrypted(await signed(AUX, key, minute))).toBe(false);
    expect(await isSigned(await encrypted(AUX, key))).toBe(false);
  });
});
