import { expect, test } from '@jest/globals';
import type { Cluster } from '../../../crds/cluster.ts';
import type { Node } from '../../../crds/node.ts';
import { MemoryEngine } from '../../backends/memory/engine.ts';
import { FakeClock } from '../../runtime/clock.ts';
import type { Stored } from '../../runtime/object.ts';
import type { World } from '../../world.ts';
import type { NodeScope } from '../scope.ts';
import { ensureContainer } from './container.ts';

const stored = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

test('no container is made before the cluster has written down its name for kind: labels can not be changed', async () => {
  const engine = new MemoryEngine({ clock: new FakeClock() });
  const object = { metadata: stored('control'), spec: { cluster: 'dev', role: 'control-plane' } } as Stored<Node>;
  const cluster = { metadata: stored('dev'), status: { image: 'node:v1.35.4' } } as Stored<Cluster>;
  const step = await ensureContainer({
    object,
    cluster,
    status: { address: '172.18.0.3', image: 'node:v1.35.4' },
    world: { containers: engine.containers() } as World,
    signal: new AbortController().signal,
  } as NodeScope);
  expect(step).toMatchObject({ kind: 'wait', reason: 'Waiting' });
  expect(engine.look().containers).toEqual([]);
  expect(engine.look().volumes).toEqual([]);
});
