import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCredentials } from './credentials.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qbo-credentials-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const kubeconfig = (user: object, cluster: object = { server: 'https://10.0.0.1:6443' }): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'first', context: { cluster: 'c', user: 'u' } },
      { name: 'second', context: { cluster: 'c', user: 'u' } },
    ],
    'current-context': 'first',
  });

describe('credentials', () => {
  test('are a token, and the authority that the server must have', async () => {
    const authority = Buffer.from('PEM').toString('base64');
    const cluster = { server: 'https://10.0.0.1:6443/', 'certificate-authority-data': authority };
    const credentials = loadCredentials({ kubeconfig: kubeconfig({ token: 't' }, cluster) });
    expect(credentials.server).toBe('https://10.0.0.1:6443');
    const options = await credentials.requestOptions();
    expect(options.headers).toEqual({ Authorization: 'Bearer t' });
    expect(String(options.ca)).toBe('PEM');
    expect(options.agent).toBeUndefined();
  });

  test('are a certificate and its key from files beside the kubeconfig', async () => {
    await writeFile(join(folder, 'cert'), 'CERT');
    await writeFile(join(folder, 'key'), 'KEY');
    const file = join(folder, 'config');
    await writeFile(file, kubeconfig({ 'client-certificate': 'cert', 'client-key': 'key' }));
    const options = await loadCredentials({ kubeconfigFile: file }).requestOptions();
    expect(options).toMatchObject({ cert: Buffer.from('CERT'), key: Buffer.from('KEY') });
  });

  test('come from a plug-in', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'x' },
    };
    const exec = { apiVersion: credential.apiVersion, command: 'echo', args: [JSON.stringify(credential)] };
    const options = await loadCredentials({ kubeconfig: kubeconfig({ exec }) }).requestOptions();
    expect(options.headers).toEqual({ Authorization: 'Bearer x' });
  });

  test('go through a proxy when the cluster names one', async () => {
    const cluster = { server: 'https://10.0.0.1:6443', 'proxy-url': 'http://proxy:3128' };
    const options = await loadCredentials({ kubeconfig: kubeconfig({}, cluster) }).requestOptions();
    expect(options.agent).toBeDefined();
  });
});

describe('a kubeconfig', () => {
  test.each([
    ['is no YAML', '{', /^The kubeconfig can not be read: /],
    ['is empty', '', /^The kubeconfig can not be read: /],
    ['has no server', kubeconfig({}, {}), /^The kubeconfig can not be read: .*server is missing/],
    ['has a server that is no address', kubeconfig({}, { server: 'nowhere' }), /has no context "first" with a cluster/],
  ])('that %s is refused in words', (_, text, words) => {
    expect(() => loadCredentials({ kubeconfig: text })).toThrow(words);
  });

  test('without the wanted context says which it has', () => {
    const source = { kubeconfig: kubeconfig({}), context: 'third' };
    expect(() => loadCredentials(source)).toThrow(/no context "third".*Contexts that it has: "first", "second"\./);
  });

  test('that is not there is named', () => {
    const file = join(folder, 'none');
    expect(() => loadCredentials({ kubeconfigFile: file })).toThrow(`The kubeconfig ${file} can not be read`);
  });
});

test('a process outside of any cluster is told so', () => {
  expect(() => loadCredentials({ inCluster: true })).toThrow('This process runs in no cluster');
});
