import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCredential } from './credential.ts';

const TOKEN = '33820cc1-d513-4fa8-88ac-1adb008c3864';
const AUX = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
const JWE = `${'h'.repeat(20)}..${'i'.repeat(22)}.${'c'.repeat(64)}.${'t'.repeat(43)}`;
const JWS = 'header.payload.signature';

describe('the cookies that are published are read:', () => {
  test.each([
    ['a session', `qbo_uid=${TOKEN}; qbo_aux=`, { kind: 'session', token: TOKEN }],
    ['a session without the other cookie', `qbo_uid=${TOKEN}`, { kind: 'session', token: TOKEN }],
    ['a service account', `qbo_uid=${JWE}; qbo_aux=${AUX}`, { kind: 'encrypted', proof: JWE, aux: AUX }],
    ['a signed token', `qbo_uid=${JWS}; qbo_aux=${AUX}`, { kind: 'signed', proof: JWS, aux: AUX }],
    ['the other way round', `qbo_aux=${AUX}; qbo_uid=${JWE}`, { kind: 'encrypted', proof: JWE, aux: AUX }],
    ['without spaces', `qbo_uid=${JWE};qbo_aux=${AUX}`, { kind: 'encrypted', proof: JWE, aux: AUX }],
    ['among those of others', `a=1; qbo_uid=${TOKEN}; xqbo_uid=2; b`, { kind: 'session', token: TOKEN }],
  ])('%s', (_, header, expected) => {
    expect(readCredential(header)).toEqual(expected);
  });
});

describe('no credential is', () => {
  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['one cookie twice', `qbo_uid=${TOKEN}; qbo_uid=${TOKEN}`],
    ['the other twice', `qbo_uid=${JWE}; qbo_aux=${AUX}; qbo_aux=${AUX}`],
    ['a name in capitals', `QBO_UID=${TOKEN}`],
    ['a quoted value', `qbo_uid="${TOKEN}"`],
    ['a session token that is no uuid', 'qbo_uid=1; qbo_aux='],
    ['a session token with an account', `qbo_uid=${TOKEN}; qbo_aux=${AUX}`],
    ['a proof without aux', `qbo_uid=${JWE}; qbo_aux=`],
    ['an aux without a proof', `qbo_aux=${AUX}`],
    ['an aux that is no uuid', `qbo_uid=${JWE}; qbo_aux=admin`],
    ['a proof with an encrypted key', `qbo_uid=${JWE.replace('..', '.key.')}; qbo_aux=${AUX}`],
    ['a proof of four parts', `qbo_uid=a..b.c; qbo_aux=${AUX}`],
    ['a proof of six parts', `qbo_uid=${JWE}.more; qbo_aux=${AUX}`],
    ['a proof in base64 that is not of URLs', `qbo_uid=${JWE}=; qbo_aux=${AUX}`],
    ['a proof that is too long', `qbo_uid=${JWE}${'t'.repeat(2_048)}; qbo_aux=${AUX}`],
    ['a header that is too long', `qbo_uid=${TOKEN}; x=${'x'.repeat(8_192)}`],
    ['a JSON document', `qbo_uid={"kty":"EC"}; qbo_aux=${AUX}`],
  ])('%s', (_, header) => {
    expect(readCredential(header)).toBeUndefined();
  });
});

test('whatever a header says, what is read of it has the form that was asked for', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('qbo_uid=', 'qbo_aux=', TOKEN, AUX, JWE, JWS, ';', '; ', '=', '"', '\0', '\r\n', '..'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const credential = readCredential(pieces.join(''));
      if (credential === undefined) return;
      if (credential.kind === 'session') expect(credential.token).toMatch(/^[0-9a-f-]{36}$/);
      else expect([credential.aux, credential.proof].join(' ')).toMatch(/^[0-9a-fA-F-]{36} [\w.-]{1,2048}$/);
    }),
    { numRuns: 2_000 },
  );
});
