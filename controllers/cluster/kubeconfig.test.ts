import { expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { namedKubeconfig } from './kubeconfig.ts';

const cluster = { 'certificate-authority-data': 'UEVN', server: 'https://172.18.4.3:6443' };
const user = { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' };

const kubeadm = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: UEVN
    server: https://172.18.4.3:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
users:
- name: kubernetes-admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
`;

const named = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name, cluster }],
  users: [{ name: `${name}-admin`, user }],
  contexts: [{ name, context: { cluster: name, user: `${name}-admin` } }],
  'current-context': name,
});

test.each(['dev', '42', '1e3', '0x1', '2026-11-21', 'true', 'no', 'null', 'a-1'])(
  'everything is named after the Cluster, so that kubeconfigs of several can be merged (%s)',
  (name) => {
    expect(parse(namedKubeconfig(kubeadm, name))).toEqual(named(name));
  },
);

test('it is written as YAML is, so that a Secret from before is not written again', () => {
  expect(namedKubeconfig(kubeadm, 'dev')).toBe(stringify(named('dev')));
});

test('one that kubeadm has not written to its end is refused', () => {
  const half = kubeadm.slice(0, kubeadm.indexOf('client-key-data'));
  expect(() => namedKubeconfig(half, 'dev')).toThrow('kubeadm wrote a kubeconfig without client-key-data');
});
