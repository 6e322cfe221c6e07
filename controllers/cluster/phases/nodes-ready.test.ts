import { describe, expect, test } from '@jest/globals';
import type { Node } from '../../../crds/node.ts';
import type { Stored } from '../../runtime/object.ts';
import type { ClusterScope } from '../scope.ts';
import { ensureNodesReady } from './nodes-ready.ts';

const OWNER = { apiVersion: 'qbo.io/v1alpha1', kind: 'Cluster', name: 'dev', uid: 'u' };

const condition = (type: string, status: 'True' | 'False', reason: string, message = '') => ({
  ...{ type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' },
});
const READY = condition('Ready', 'True', 'Ready');

interface Given {
  readonly role?: 'control-plane' | 'worker';
  readonly owned?: boolean;
  readonly deleting?: boolean;
  readonly conditions?: readonly ReturnType<typeof condition>[];
}

const node = (name: string, { role = 'worker', owned = true, deleting = false, conditions = [READY] }: Given = {}) =>
  ({
    kind: 'Node',
    metadata: {
      name,
      ...(owned && { ownerReferences: [OWNER] }),
      ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { cluster: 'dev', role },
    status: { conditions },
  }) as unknown as Stored<Node>;

const control = node('control', { role: 'control-plane' });

const stepFor = (workers: number, nodes: readonly Stored<Node>[]) =>
  ensureNodesReady({
    object: { metadata: { name: 'dev', uid: 'u' }, spec: { controlPlanes: 1, workers } },
    nodes,
  } as unknown as ClusterScope);

describe('the nodes of a cluster', () => {
  test('are ready when all that are asked for are there and Ready', async () => {
    expect(await stepFor(2, [control, node('a'), node('b')])).toMatchObject({ kind: 'proceed' });
  });

  test('are not ready from the moment that fewer are asked for, though none has begun to leave', async () => {
    expect(await stepFor(1, [control, node('a'), node('b')])).toMatchObject({ reason: 'Scaling' });
  });

  test('are not ready when one that a user declared stands where one of its own is missing', async () => {
    const nodes = [control, node('a'), node('guest', { owned: false })];
    expect(await stepFor(2, nodes)).toMatchObject({ reason: 'Scaling', message: '1 Nodes are being declared' });
    expect(await stepFor(1, nodes)).toMatchObject({ kind: 'proceed' });
  });

  test('that leave are waited for, in their own words', async () => {
    const leaving = node('b', { deleting: true, conditions: [condition('Ready', 'False', 'Deleting', 'pods move')] });
    expect(await stepFor(1, [control, node('a'), leaving])).toMatchObject({
      reason: 'Scaling',
      message: 'Node b: pods move',
    });
  });

  test('that can not leave say why, as something that a person must mend', async () => {
    const conditions = [
      condition('Ready', 'False', 'Deleting', 'it is the only one'),
      condition('Stalled', 'True', 'LastControlPlane', 'it is the only one'),
    ];
    const stuck = node('control', { role: 'control-plane', deleting: true, conditions });
    expect(await stepFor(0, [stuck])).toMatchObject({ kind: 'fail', reason: 'LastControlPlane' });
  });
});
