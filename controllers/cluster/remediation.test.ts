import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { choose } from './remediation.ts';
import type { Patient } from './remediation.ts';

const patient = (name: string, more: Partial<Patient> = {}): Patient => ({
  name,
  role: 'worker',
  state: 'healthy',
  sinceMs: 0,
  isBeingRemedied: false,
  isAllowed: true,
  ...more,
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;

const patients = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...NAMES),
    role: fc.constantFrom('control-plane', 'worker', 'worker', 'worker'),
    state: fc.constantFrom('healthy', 'healthy', 'ill', 'due', 'exhausted'),
    sinceMs: fc.nat(5),
    isBeingRemedied: fc.boolean(),
    isAllowed: fc.boolean(),
  }),
  { selector: ({ name }) => name, minLength: 1 },
) as fc.Arbitrary<readonly Patient[]>;
const current = fc.option(fc.constantFrom(...NAMES), { nil: undefined });

const ill = (all: readonly Patient[]): readonly Patient[] =>
  all.filter(({ isAllowed, state }) => isAllowed && state !== 'healthy');

describe('whoever may be remedied', () => {
  test('is unhealthy, may be, and is one for whom something is left to do', () => {
    fc.assert(
      fc.property(patients, current, (all, holder) => {
        const { granted } = choose(all, holder);
        const one = all.find(({ name }) => name === granted);
        if (granted !== undefined) expect(one).toMatchObject({ isAllowed: true });
        if (one !== undefined) expect(['ill', 'due']).toContain(one.state);
        // Before its time, only one that something is being done about already.
        if (one?.state === 'ill') expect(one.isBeingRemedied).toBe(true);
      }),
    );
  });

  test('is never another one while somebody has the turn, or has not come to rest', () => {
    fc.assert(
      fc.property(patients, current, (all, holder) => {
        const { granted } = choose(all, holder);
        if (granted === undefined || granted === holder) return;
        expect(holder).toBeUndefined();
        expect(all.filter(({ name, isBeingRemedied }) => isBeingRemedied && name !== granted)).toEqual([]);
      }),
    );
  });

  test('is never a worker while more than half of the nodes, and more than one, are unhealthy', () => {
    fc.assert(
      fc.property(patients, current, (all, holder) => {
        const allowed = all.filter(({ isAllowed }) => isAllowed).length;
        if (ill(all).length < 2 || ill(all).length * 2 <= allowed) return;
        const { granted } = choose(all, holder);
        if (granted !== undefined) expect(all.find(({ name }) => name === granted)?.role).toBe('control-plane');
      }),
    );
  });

  test('does not depend on the order in which nodes are listed', () => {
    fc.assert(
      fc.property(patients, current, (all, holder) => {
        expect(choose([...all].reverse(), holder)).toEqual(choose(all, holder));
      }),
    );
  });

  test('is somebody, when one is due, nobody is at it and most are well', () => {
    fc.assert(
      fc.property(patients, (all) => {
        const calm = all.map((one) => ({ ...one, isBeingRemedied: false }));
        const allowed = calm.filter(({ isAllowed }) => isAllowed).length;
        const isDue = calm.some(({ isAllowed, state }) => isAllowed && state === 'due');
        if (!isDue || (ill(calm).length > 1 && ill(calm).length * 2 > allowed)) return;
        expect(choose(calm, undefined).granted).toBeDefined();
      }),
    );
  });
});

test('who has the turn keeps it between two steps, and loses it when all was tried or it may not be any more', () => {
  const others = [patient('b'), patient('c')];
  const at = { isBeingRemedied: true, state: 'ill' } as const;
  expect(choose([patient('a', at), ...others], 'a')).toEqual({ granted: 'a' });
  expect(choose([patient('a', { ...at, state: 'exhausted' }), ...others], 'a')).toEqual({});
  expect(choose([patient('a', { ...at, isAllowed: false }), ...others], 'a')).toEqual({});
  expect(choose([patient('a', { ...at, state: 'healthy' }), ...others], 'a')).toEqual({});
});

test('a turn that was forgotten is given back to who was at it', () => {
  const atIt = patient('b', { isBeingRemedied: true, state: 'ill', sinceMs: 9 });
  const healthy = [patient('c'), patient('d')];
  expect(choose([atIt, patient('a', { state: 'due' }), ...healthy], undefined)).toEqual({ granted: 'b' });
});

test('the control plane comes first, then who has been unhealthy for longest', () => {
  const healthy = ['x', 'y', 'z', 'w'].map((name) => patient(name));
  const one = patient('a', { state: 'due', sinceMs: 2 });
  const older = patient('b', { state: 'due', sinceMs: 1 });
  expect(choose([one, older, ...healthy], undefined)).toEqual({ granted: 'b' });
  const head = patient('c', { role: 'control-plane', state: 'due', sinceMs: 3 });
  expect(choose([one, older, head, ...healthy], undefined)).toEqual({ granted: 'c' });
});

test('a storm is told with its numbers and a few names; those who are left alone by wish are not counted', () => {
  const sick = NAMES.slice(0, 7).map((name) => patient(name, { state: 'due' }));
  const { heldBack } = choose([...sick, patient('h')], undefined);
  expect(heldBack).toContain('7 of 8 nodes are unhealthy at once');
  expect(heldBack).toContain('a, b, c, d, e and 2 more');
  const excused = sick.slice(1).map((one) => ({ ...one, isAllowed: false }));
  expect(choose([sick[0]!, ...excused, patient('h')], undefined)).toEqual({ granted: 'a' });
});
