import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nodeName, planNodes } from './node-plan.ts';
import type { ExistingNode } from './node-plan.ts';

const UID = '718bef86-7dfe-46c0-bf4e-3dfea83c6c28';
const existing = (name: string, more: Partial<ExistingNode> = {}): ExistingNode => ({
  name,
  role: 'worker',
  owned: true,
  deleting: false,
  removeFirst: false,
  createdAt: '2026-01-01T00:00:00Z',
  ...more,
});
const controlPlane = existing(nodeName(UID, 'control-plane', 0), { role: 'control-plane' });

test('an empty cluster gets one control plane and its workers', () => {
  const { create, remove } = planNodes(UID, { controlPlanes: 1, workers: 2 }, []);
  expect(create.map(({ role }) => role)).toEqual(['control-plane', 'worker', 'worker']);
  expect(create[0]?.name).toMatch(/^control-[0-9a-f]{8}$/);
  expect(create[1]?.name).toMatch(/^node-[0-9a-f]{8}$/);
  expect(remove).toEqual([]);
});

test('planning again before the effects are seen asks for the same nodes', () => {
  const plan = () => planNodes(UID, { controlPlanes: 1, workers: 5 }, [controlPlane]);
  expect(plan()).toEqual(plan());
});

test('scaling down takes the newest worker', () => {
  const plan = planNodes(UID, { controlPlanes: 1, workers: 1 }, [
    controlPlane,
    existing('node-old'),
    existing('node-new', { createdAt: '2026-01-02T00:00:00Z' }),
  ]);
  expect(plan).toEqual({ create: [], remove: ['node-new'] });
});

test('scaling down takes the worker that was named before the newest', () => {
  const plan = planNodes(UID, { controlPlanes: 1, workers: 1 }, [
    controlPlane,
    existing('node-old', { removeFirst: true }),
    existing('node-new', { createdAt: '2026-01-02T00:00:00Z' }),
  ]);
  expect(plan.remove).toEqual(['node-old']);
});

test('a worker that is being deleted is replaced under another name', () => {
  const leaving = existing(nodeName(UID, 'worker', 0), { deleting: true });
  const plan = planNodes(UID, { controlPlanes: 1, workers: 1 }, [controlPlane, leaving]);
  expect(plan).toEqual({ create: [{ name: nodeName(UID, 'worker', 1), role: 'worker' }], remove: [] });
});

test('a worker that a user declared comes on top and is never removed', () => {
  const declared = existing('mine', { owned: false });
  expect(planNodes(UID, { controlPlanes: 1, workers: 0 }, [controlPlane, declared])).toEqual({
    create: [],
    remove: [],
  });
});

test('a control plane that a user declared counts, and one that is leaving is not doubled', () => {
  const declared = existing('management', { role: 'control-plane', owned: false });
  expect(planNodes(UID, { controlPlanes: 1, workers: 0 }, [declared]).create).toEqual([]);
  expect(planNodes(UID, { controlPlanes: 1, workers: 0 }, [{ ...controlPlane, deleting: true }]).create).toEqual([]);
});

test('carrying out a plan leaves nothing to plan', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (before, after) => {
      const apply = (nodes: ExistingNode[], workers: number): ExistingNode[] => {
        const plan = planNodes(UID, { controlPlanes: 1, workers }, nodes);
        return [
          ...nodes.filter(({ name }) => !plan.remove.includes(name)),
          ...plan.create.map(({ name, role }) => existing(name, { role })),
        ];
      };
      const nodes = apply(apply([], before), after);
      expect(nodes.filter(({ role }) => role === 'worker')).toHaveLength(after);
      expect(planNodes(UID, { controlPlanes: 1, workers: after }, nodes)).toEqual({ create: [], remove: [] });
    }),
  );
});
