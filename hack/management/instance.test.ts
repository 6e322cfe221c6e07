import { describe, expect, test } from '@jest/globals';

import { instanceOf, stableUid } from './instance.ts';

describe('an installation', () => {
  test('is named qbo, and its management cluster and context after it', () => {
    expect(instanceOf({})).toEqual({
      name: 'qbo',
      management: 'qbo-management',
      context: 'qbo',
      labels: { 'qbo.io/instance': 'qbo' },
    });
  });

  test('can have another name, beside which the first one is not touched', () => {
    expect(instanceOf({ QBO_INSTANCE: 'e2e-1' })).toMatchObject({ management: 'e2e-1-management', context: 'e2e-1' });
  });

  test.each(['Qbo', '-a', 'a-', 'a_b', 'a b', 'x'.repeat(30)])('cannot be named %p', (name) => {
    expect(() => instanceOf({ QBO_INSTANCE: name })).toThrow(/QBO_INSTANCE is/);
  });
});

describe('a stable uid', () => {
  test('is the same for the same words, and a UUID', () => {
    expect(stableUid('qbo', 'Node')).toBe(stableUid('qbo', 'Node'));
    expect(stableUid('qbo', 'Node')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('differs for other words, wherever they are cut', () => {
    expect(new Set([stableUid('a', 'b'), stableUid('ab'), stableUid('b', 'a'), stableUid('a', 'b', '')]).size).toBe(4);
  });
});
