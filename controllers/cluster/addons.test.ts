import { expect, test } from '@jest/globals';
import { ADDONS_FROM, addonObjects } from './addons.ts';

const kubeadm = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: coredns
        readinessProbe: {httpGet: {path: /ready, port: 8181}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: coredns, namespace: kube-system}
`;
const network = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kindnet, namespace: kube-system}
spec: {template: {spec: {containers: [{name: kindnet, env: [{name: POD_SUBNET, value: "{{ .PodSubnet }}"}]}]}}}
`;
const storage = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: provisioner, namespace: local-path-storage}
---
apiVersion: v1
kind: Namespace
metadata: {name: local-path-storage}
`;

const objects = addonObjects({ kubeadm, image: [network, storage] }, '10.244.0.0/16', 'qbo/node:v1.35.4');

test('namespaces come first and the CoreDNS Deployment last', () => {
  expect(objects.map(({ kind }) => kind)).toEqual([
    'Namespace',
    'DaemonSet',
    'ServiceAccount',
    'ServiceAccount',
    'Deployment',
  ]);
});

test("the pod network is told the pods' addresses", () => {
  expect(JSON.stringify(objects[1])).toContain('"value":"10.244.0.0/16"');
});

test('CoreDNS is probed every second, and says which image the add-ons are from', () => {
  expect(objects.at(-1)).toMatchObject({
    metadata: { annotations: { [ADDONS_FROM]: 'qbo/node:v1.35.4' } },
    spec: {
      template: { spec: { containers: [{ readinessProbe: { httpGet: { path: '/ready' }, periodSeconds: 1 } }] } },
    },
  });
});

test('a manifest that is no YAML is refused, not skipped', () => {
  expect(() => addonObjects({ kubeadm: 'a: b: c', image: [] }, '10.244.0.0/16', 'x')).toThrow(/not valid YAML/);
});
