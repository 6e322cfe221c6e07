import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { compactDecrypt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cookieOf } from './cookie.ts';
import { isLoopback, loadConfig, mirrorOf, type Config } from './index.ts';

const AUX = '66fac858-a271-49cf-bad0-fdd9ff0b4787';
const TOKEN = '33820cc1-d513-4fa8-88ac-1adb008c3864';

let home: string;
let publicKey: JWK;
let privateKey: JWK;
let warnings: string[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'qbo-cli-'));
  const pair = await generateKeyPair('ECDH-ES', { crv: 'P-521', extractable: true });
  publicKey = await exportJWK(pair.publicKey);
  privateKey = await exportJWK(pair.privateKey);
});

afterAll(() => rm(home, { recursive: true }));

beforeEach(async () => {
  warnings = [];
  await rm(join(home, '.qbo'), { recursive: true, force: true });
  await mkdir(join(home, '.qbo'));
});

const put = (name: string, content: unknown, mode = 0o600): Promise<void> =>
  writeFile(join(home, '.qbo', name), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2), {
    mode,
  });

const load = (variables: Record<string, string> = {}): Promise<Config> =>
  loadConfig({ home, variables }, (level, message) => void warnings.push(`${level}: ${message}`));

describe('the configuration', () => {
  test('is the bridge of this machine when nothing says otherwise', async () => {
    expect(await load()).toEqual({ host: 'localhost', port: 9601, isEncrypted: false });
  });

  test('is taken from the environment first, then from cli.json, then from what make up wrote', async () => {
    await put('.cli.db', { qbo_host: 'localhost', qbo_port: 9700 });
    expect(await load()).toMatchObject({ host: 'localhost', port: 9700 });

    await put('cli.json', { qbo_host: 'nemo.example.com', qbo_port: 8443 });
    expect(await load()).toMatchObject({ host: 'nemo.example.com', port: 8443, isEncrypted: true });

    expect(await load({ QBO_HOST: 'env.example.com' })).toMatchObject({ host: 'env.example.com', port: 8443 });
    expect(await load({ QBO_HOST: '127.0.0.1', QBO_PORT: '1234' })).toEqual({
      host: '127.0.0.1',
      port: 1234,
      isEncrypted: false,
    });
  });

  test('takes the port of wss for a host elsewhere that has none', async () => {
    expect(await load({ QBO_HOST: 'nemo.example.com' })).toMatchObject({ port: 443, isEncrypted: true });
  });

  test('ignores variables that are set and empty, as a container passes them on', async () => {
    expect(await load({ QBO_HOST: '', QBO_PORT: '', QBO_UID: '', QBO_AUX: '' })).toMatchObject({ host: 'localhost' });
  });

  test('lets QBO_SSL and qbo_ssl decide about encryption', async () => {
    expect(await load({ QBO_HOST: 'a.example.com', QBO_SSL: '0' })).toMatchObject({ isEncrypted: false });
    await put('cli.json', { qbo_ssl: true });
    expect(await load()).toMatchObject({ host: 'localhost', isEncrypted: true });
  });

  test('never takes a key from one place and its id from another', async () => {
    await put('cli.json', { qbo_uid: publicKey, qbo_aux: AUX });
    expect((await load({ QBO_UID: TOKEN })).credentials).toEqual({ uid: TOKEN, aux: '' });
  });

  test('takes the key of a service account from a variable as JSON', async () => {
    const { credentials } = await load({ QBO_UID: JSON.stringify(publicKey), QBO_AUX: AUX });
    expect(credentials).toEqual({ uid: publicKey, aux: AUX });
  });

  test('warns of a key that others may read, and says how to mend it', async () => {
    await put('cli.json', { qbo_uid: TOKEN });
    await chmod(join(home, '.qbo', 'cli.json'), 0o644);
    await load();
    expect(warnings).toEqual([expect.stringMatching(/others may read it. Run: chmod 600 .*cli.json/)]);
  });

  test('ignores a .cli.db that is another program’s, and says so', async () => {
    await put('.cli.db', 'SQLite format 3\u0000');
    expect(await load()).toMatchObject({ host: 'localhost', port: 9601 });
    expect(warnings).toEqual([expect.stringContaining('.cli.db:1:1: the file has "S" where a value should be')]);
  });
});

describe('a broken configuration is refused with its place and what to do', () => {
  test.each([
    [
      '{\n "qbo_host": "a.example.com"\n "qbo_port": 443\n}',
      /cli\.json:3:2: the file has "\\"" where "," or "}" should be. Correct it/,
    ],
    ['[]', /cli\.json:1: the file must hold one JSON object/],
    ['{\n "qbo_port": "https"\n}', /cli\.json:2: qbo_port is "https", which is no port. Give a number from 1 to 65535/],
    ['{\n\n "qbo_host": "https://a.example.com/"}', /cli\.json:3: qbo_host is .* without a scheme/],
    ['{"qbo_uid": "no token"}', /cli\.json:1: qbo_uid is neither a web token/],
    ['{"qbo_uid": {"kty": "RSA", "n": "x"}}', /qbo_uid is a key of another type/],
    ['{"qbo_uid": {"kty": "EC", "crv": "P-521", "x": "AAAA", "y": "AAAA"}}', /not 66 bytes in base64url/],
    ['{"qbo_uid": "33820cc1-d513-4fa8-88ac-1adb008c3864", "qbo_aux": 7}', /qbo_aux is not a uuid/],
    ['{"qbo_ssl": "maybe"}', /qbo_ssl is "maybe". Give 1 for wss or 0 for ws/],
  ])('%j', async (text, message) => {
    await put('cli.json', text);
    await expect(load()).rejects.toMatchObject({ message: expect.stringMatching(message), exitCode: 2 });
  });

  test('a service account without its id', async () => {
    await put('cli.json', { qbo_uid: publicKey });
    await expect(load()).rejects.toThrow(/qbo_aux, its id, is missing beside it/);
  });

  test('a folder where a file should be', async () => {
    await mkdir(join(home, '.qbo', 'cli.json'));
    await expect(load()).rejects.toThrow(/cli.json can not be read \(EISDIR/);
  });

  test('a variable', async () => {
    await expect(load({ QBO_PORT: '99999' })).rejects.toThrow('The environment variable QBO_PORT is "99999"');
  });
});

describe('the cookie', () => {
  test('of a service account is its id, for the eyes of whoever has the private key', async () => {
    const credentials = (await load({ QBO_UID: JSON.stringify(publicKey), QBO_AUX: AUX })).credentials!;
    const cookie = await cookieOf(credentials);
    const [, sealed = '', aux] = /^qbo_uid=([^;]+); qbo_aux=(.*)$/.exec(cookie) ?? [];
    expect(aux).toBe(AUX);

    const { plaintext, protectedHeader } = await compactDecrypt(sealed, await importJWK(privateKey, 'ECDH-ES'));
    expect(new TextDecoder().decode(plaintext)).toBe(AUX);
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256CBC-HS512', epk: { crv: 'P-521', kty: 'EC' } });
    expect(await cookieOf(credentials)).not.toBe(cookie);
  });

  test('of a web token is the token, and an empty id', async () => {
    expect(await cookieOf({ uid: TOKEN, aux: '' })).toBe(`qbo_uid=${TOKEN}; qbo_aux=`);
  });
});

test('a web token is a secret, and never names a mirror', async () => {
  const named = mirrorOf(await load({ QBO_UID: TOKEN }));
  expect(named).not.toBe(TOKEN);
  expect(mirrorOf(await load({ QBO_UID: JSON.stringify(publicKey), QBO_AUX: AUX }))).toBe(AUX);
});

test.each([
  ['localhost', true],
  ['127.0.0.53', true],
  ['::1', true],
  ['172.17.0.1', false],
  ['localhost.example.com', false],
  ['127.evil.example.com', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
