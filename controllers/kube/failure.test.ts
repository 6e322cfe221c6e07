import { expect, test } from '@jest/globals';
import { parseFailure } from './failure.ts';

test('of a health check that fails, only the checks that fail are told', () => {
  const passing = Array.from({ length: 40 }, (_, index) => `[+]poststarthook/number-${String(index)} ok`);
  const body = [...passing, '[-]poststarthook/rbac/bootstrap-roles failed: reason withheld', 'readyz check failed'];
  const { error } = parseFailure(500, body.join('\n'), undefined);
  expect(error.message).toBe('[-]poststarthook/rbac/bootstrap-roles failed: reason withheld');
});

test('what a proxy says is told, as far as it is short', () => {
  expect(parseFailure(502, ' Bad gateway \n', undefined).error.message).toBe('Bad gateway');
  expect(parseFailure(502, 'x'.repeat(1_000), undefined).error.message).toHaveLength(300);
  expect(parseFailure(502, '', undefined).error.message).not.toBe('');
});
