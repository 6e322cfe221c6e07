import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { kubeconfigWithToken } from './kubeconfig-text.ts';

const admin = (extra = ''): string => `apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster:
      certificate-authority-data: QUJD
      server: https://172.18.0.3:6443${extra}
users:
  - name: dev-admin
    user:
      client-certificate-data: Q0VSVA==
      client-key-data: S0VZ
`;

const bearer = { cluster: '1e3', user: 'alice', token: 'abc.def' };

test('has the way to the cluster, and the token in place of the administrator’s key', () => {
  expect(parse(kubeconfigWithToken(admin(), bearer))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: '1e3', cluster: { 'certificate-authority-data': 'QUJD', server: 'https://172.18.0.3:6443' } }],
    users: [{ name: '1e3-alice', user: { token: 'abc.def' } }],
    contexts: [{ name: '1e3', context: { cluster: '1e3', user: '1e3-alice' } }],
    'current-context': '1e3',
  });
});

test('keeps the name that an adopted cluster’s certificate has', () => {
  const text = kubeconfigWithToken(admin('\n      tls-server-name: dev-control-plane'), bearer);
  expect(parse(text).clusters[0].cluster['tls-server-name']).toBe('dev-control-plane');
});

test('is not made of what is no kubeconfig of ours, and does not quote it', () => {
  expect(() => kubeconfigWithToken('secret: nonsense', bearer)).toThrow(
    'The kubeconfig of cluster 1e3 has no certificate-authority-data',
  );
});
