import { expect, test } from '@jest/globals';
import type { Cluster } from '../crds/cluster.ts';
import type { Node } from '../crds/node.ts';
import { effectivePower, isLeftAlone } from './power.ts';
import type { Power } from './power.ts';

const asking = (power?: Power) => ({ metadata: { name: 'x' }, spec: { power } }) as unknown as Node & Cluster;

test.each([
  ['Running', 'Running', 'Running'],
  ['Running', 'Paused', 'Paused'],
  ['Running', 'Stopped', 'Stopped'],
  ['Paused', 'Running', 'Paused'],
  ['Paused', 'Stopped', 'Stopped'],
  ['Stopped', 'Running', 'Stopped'],
  ['Stopped', 'Paused', 'Stopped'],
] as const)('of a cluster that is %s and a Node that is %s, the node is %s', (cluster, node, effective) => {
  expect(effectivePower(asking(node), asking(cluster))).toBe(effective);
});

test('what asks for nothing runs, with its cluster or without', () => {
  expect(effectivePower(asking(), asking())).toBe('Running');
  expect(effectivePower(asking('Stopped'), undefined)).toBe('Stopped');
  expect(effectivePower(asking(), undefined)).toBe('Running');
});

test('an object is left alone by any value of the annotation but false', () => {
  const annotated = (value?: string) => ({
    ...{ apiVersion: 'v1', kind: 'Node' },
    metadata: { name: 'x', ...(value !== undefined && { annotations: { 'qbo.io/paused': value } }) },
  });
  expect([undefined, 'false', 'true', ''].map((value) => isLeftAlone(annotated(value)))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
