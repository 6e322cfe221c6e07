import { expect, test } from '@jest/globals';
import { fromOutside } from './kind-kubeconfig.ts';

const kubeconfig = (server: string): string => `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: ${server}
  name: kind-old
users: []
`;

test("a name that only kind's network knows gives way to the address, and stays the name in the certificate", () => {
  const outside = fromOutside(kubeconfig('https://old-control-plane:6443'), '172.19.0.3');
  expect(outside).toBe(kubeconfig('https://172.19.0.3:6443\n    tls-server-name: old-control-plane'));
});

test('without an address there is no way there', () => {
  expect(fromOutside(kubeconfig('https://old-control-plane:6443'), undefined)).toBeUndefined();
});

test('a kubeconfig that names an address stays as it is', () => {
  const ours = kubeconfig('https://172.18.1.3:6443');
  expect(fromOutside(ours, '172.18.1.3')).toBe(ours);
  expect(fromOutside(ours, undefined)).toBe(ours);
});
