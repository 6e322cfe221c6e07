import { expect, test } from '@jest/globals';

import { missingReferences, nodeImageHash } from './build.ts';
import { kubernetesLinkerFlags } from './go-binaries.ts';

test('an image that kubeadm wants and no archive carries is found before a node is ever made', () => {
  const wanted = ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/etcd:9.9.9-0', ''];

  expect(missingReferences(wanted)).toEqual(['registry.k8s.io/etcd:9.9.9-0']);
});

test('the content hash is the same each time, so that an image is built once', async () => {
  expect(await nodeImageHash()).toBe(await nodeImageHash());
});

test('Kubernetes is told its version', () => {
  const flags = kubernetesLinkerFlags('1.35.4');

  expect(flags).toContain('version.gitVersion=v1.35.4 ');
  expect(flags).toContain('version.gitMajor=1 ');
  expect(flags).toContain('version.gitMinor=35 ');
});
