import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { namedKubeconfig } from './kubeconfig.ts';

const kubeadm = `
apiVersion: v1
kind: Config
clusters: [{name: kubernetes, cluster: {server: "https://172.18.4.3:6443", certificate-authority-data: UEVN}}]
users: [{name: kubernetes-admin, user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}}]
contexts: [{name: kubernetes-admin@kubernetes, context: {cluster: kubernetes, user: kubernetes-admin}}]
current-context: kubernetes-admin@kubernetes
`;

test('everything is named after the Cluster, so that kubeconfigs of several can be merged', () => {
  expect(parse(namedKubeconfig(kubeadm, 'dev'))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'dev', cluster: { server: 'https://172.18.4.3:6443', 'certificate-authority-data': 'UEVN' } }],
    users: [{ name: 'dev-admin', user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } }],
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev-admin' } }],
    'current-context': 'dev',
  });
});
