import { beforeEach, expect, test } from '@jest/globals';
import { FakeClock } from './clock.ts';
import { findCondition, isTrue, setCondition, type Condition, type ConditionUpdate } from './condition.ts';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
});

const painted = (more: Partial<ConditionUpdate> = {}): ConditionUpdate => ({
  type: 'Painted',
  status: 'False',
  reason: 'Drying',
  message: 'The paint is wet',
  ...more,
});

test('a new condition carries the time, cut to seconds as the API server stores it', () => {
  expect(setCondition([], painted(), clock)).toEqual([{ ...painted(), lastTransitionTime: '2026-01-02T03:04:05Z' }]);
});

test('the time moves with the status, and with nothing else', async () => {
  const first = setCondition([], painted(), clock);
  await clock.advance(60_000);
  const told = setCondition(
    first,
    painted({ reason: 'Cold', message: 'It dries slowly', observedGeneration: 2 }),
    clock,
  );
  expect(told).toEqual([
    {
      ...painted({ reason: 'Cold', message: 'It dries slowly', observedGeneration: 2 }),
      lastTransitionTime: '2026-01-02T03:04:05Z',
    },
  ]);

  const done = setCondition(told, painted({ status: 'True', reason: 'Dry' }), clock);
  expect(done[0]?.lastTransitionTime).toBe('2026-01-02T03:05:05Z');
});

test('Ready comes first, the others by name, so that two writers of the same agree', () => {
  const all = ['Painted', 'Ready', 'Built'].reduce<Condition[]>(
    (conditions, type) => setCondition(conditions, painted({ type }), clock),
    [],
  );

  expect(all.map(({ type }) => type)).toEqual(['Ready', 'Built', 'Painted']);
});

test('a message that is longer than the API server takes is cut', () => {
  const [condition] = setCondition([], painted({ message: 'x'.repeat(40_000) }), clock);

  expect(condition?.message).toHaveLength(32_768);
  expect(condition?.message.endsWith('x…')).toBe(true);
});

test('the list that was given is not changed', () => {
  const given: readonly Condition[] = Object.freeze(setCondition([], painted(), clock));
  setCondition(given, painted({ status: 'True' }), clock);

  expect(isTrue(given, 'Painted')).toBe(false);
});

test('what is not there is neither found nor true', () => {
  expect(findCondition(undefined, 'Painted')).toBeUndefined();
  expect(isTrue([], 'Painted')).toBe(false);
  expect(isTrue(setCondition([], painted({ status: 'Unknown' }), clock), 'Painted')).toBe(false);
  expect(isTrue(setCondition([], painted({ status: 'True' }), clock), 'Painted')).toBe(true);
});
