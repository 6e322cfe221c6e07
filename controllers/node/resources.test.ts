import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import type { KubeNode } from '../kube/kinds.ts';
import { KUBELET, coveringFiles, isTold, reservingConfig, wantedResources } from './resources.ts';

const GIB = 2 ** 30;

const asking = (resources?: object) => ({ spec: { resources } }) as unknown as Node & Cluster;

test('a Node’s own words come before its cluster’s, each for itself', () => {
  expect(wantedResources(asking({ cpu: '500m' }), asking({ cpu: 2, memory: '2Gi' }))).toEqual({
    millicpus: 500,
    memoryBytes: 2 * GIB,
  });
  expect(wantedResources(asking(), asking())).toEqual({});
  expect(wantedResources(asking(), undefined)).toEqual({});
});

const saying = (capacity: object, allocatable: object) =>
  ({ status: { capacity, allocatable } }) as unknown as KubeNode;

test.each([
  ['the same', saying({ cpu: '2', memory: '2Gi' }, { cpu: '1500m' }), true],
  ['the same in other units', saying({ cpu: '2', memory: '2097152Ki' }, { cpu: '1500m' }), true],
  ['more memory', saying({ cpu: '2', memory: '24684096Ki' }, { cpu: '1500m' }), false],
  ['a whole CPU more', saying({ cpu: '2', memory: '2Gi' }, { cpu: '2' }), false],
  ['nothing', saying({}, {}), false],
])('a kubelet that says %s', (_, node, expected) => {
  expect(isTold(node, { millicpus: 1500, memoryBytes: 2 * GIB })).toBe(expected);
});

test('what is not limited is not asked about', () => {
  expect(isTold(saying({ cpu: '64', memory: '1Ti' }, { cpu: '64' }), {})).toBe(true);
  expect(isTold(saying({ cpu: '64', memory: '2Gi' }, { cpu: '64' }), { memoryBytes: 2 * GIB + 1023 })).toBe(true);
});

const CONFIG = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
# somebody's
maxPods: 50
`;

test('what is left of the last CPU is reserved in the kubelet’s configuration, and nothing else in it changes', () => {
  const reserving = reservingConfig(CONFIG, { millicpus: 1500 });
  expect(reserving).toBe(`${CONFIG}systemReserved:\n  cpu: 500m\n`);
  expect(reservingConfig(reserving ?? '', { millicpus: 2500 })).toBeUndefined();
  expect(reservingConfig(reserving ?? '', { millicpus: 2000 })).not.toContain('cpu');
  expect(reservingConfig(CONFIG, { memoryBytes: GIB })).toBeUndefined();
});

test('the script is one that a shell can read, and says how much there is', () => {
  const [dropIn, script] = coveringFiles({ millicpus: 1500, memoryBytes: GIB });
  expect(dropIn?.content).toContain(`ExecStartPre=-/bin/sh ${KUBELET.script}`);
  expect(script?.content).toContain('MemTotal:       1048576 kB');
  expect(script?.content).toContain('head -n 2 ');
  for (const limits of [{}, { millicpus: 1500 }, { memoryBytes: GIB }, { millicpus: 1, memoryBytes: GIB }]) {
    const input = coveringFiles(limits)[1]?.content ?? '';
    expect(() => execFileSync('/bin/sh', ['-n'], { input })).not.toThrow();
  }
});
