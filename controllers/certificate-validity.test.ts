import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { issuer } from '../test/fixtures/world/x509.ts';
import { validityIn } from './certificate-validity.ts';

/** As a kubelet has it: signed by kubeadm's authority, its key behind it. */
const REAL = `-----BEGIN CERTIFICATE-----
MIIBpTCCAUygAwIBAgIIB8Pwp2NYuaYwCgYIKoZIzj0EAwIwFTETMBEGA1UEAxMK
a3ViZXJuZXRlczAeFw0yNjExMjExMzA4NTlaFw0yNjExMjExMzE2MjhaMEUxFTAT
BgNVBAoTDHN5c3RlbTpub2RlczEsMCoGA1UEAxMjc3lzdGVtOm5vZGU6bm9kZS01
NWE4Y2JmNC5sb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARpfjEr
pSFdjZwQil4R0NTPEKj1HHePNP8xHMVR86nt2vVAFRnktZfeNZ5lza9U/NMT9/WH
puY8qXiGMcfxrfGDo1YwVDAOBgNVHQ8BAf8EBAMCBaAwEwYDVR0lBAwwCgYIKwYB
BQUHAwIwDAYDVR0TAQH/BAIwADAfBgNVHSMEGDAWgBRGD9EFl5QySYaZKmMbkI1/
XfhbTjAKBggqhkjOPQQDAgNHADBEAiATmCQk/29yTN9uqmSyo+M8Ix88sjBVHfaz
NJavsZP4qgIgSQMZGAVGmrjrtcY5t3nWgxZrz+79ku4n50T5y93OSjc=
-----END CERTIFICATE-----
-----BEGIN EC PRIVATE KEY-----
bm90IGEga2V5
-----END EC PRIVATE KEY-----
`;
const REAL_VALIDITY = { from: Date.UTC(2026, 10, 21, 13, 8, 59), to: Date.UTC(2026, 10, 21, 13, 16, 28) };

const kubeconfig = (certificate: string): string => `apiVersion: v1
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${Buffer.from(certificate).toString('base64')}
    client-key-data: bm90IGEga2V5
`;

describe('the validity of a certificate', () => {
  test('is read from a PEM file that a real kubeadm has made, a key behind it or not', () => {
    expect(validityIn(REAL)).toEqual(REAL_VALIDITY);
    expect(validityIn(REAL.slice(0, REAL.indexOf('-----BEGIN EC')))).toEqual(REAL_VALIDITY);
  });

  test('is read from the user of a kubeconfig', () => {
    expect(validityIn(kubeconfig(REAL))).toEqual(REAL_VALIDITY);
  });

  test('is not known of a file that is cut off, empty or something else', () => {
    const whole = REAL.slice(0, REAL.indexOf('-----BEGIN EC'));
    for (const text of [whole.slice(0, 300), '', 'hello', kubeconfig(whole.slice(0, 300)), kubeconfig('hello')]) {
      expect(validityIn(text)).toBeUndefined();
    }
    expect(validityIn(whole.replace(/\n[^-\n]+\n-----END/, '\n-----END'))).toBeUndefined();
  });

  test('is that which the certificate was made with', () => {
    const issue = issuer();
    const seconds = fc.integer({ min: Date.UTC(2000) / 1000, max: Date.UTC(2049) / 1000 });
    fc.assert(
      fc.property(seconds, seconds, (from, to) => {
        const validity = { from: from * 1000, to: to * 1000 };
        expect(validityIn(issue({ subject: 'someone', ...validity }))).toEqual(validity);
      }),
      { numRuns: 50 },
    );
  });
});
