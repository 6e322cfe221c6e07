import { expect, test } from '@jest/globals';
import { metricsOf } from './queries.ts';

test.each([
  ['up', ['up']],
  [
    'sum by (controller) (rate(a_total{x="and b"}[5m])) / sum by (controller) (rate(b_total[5m])) > 0.1',
    ['a_total', 'b_total'],
  ],
  ['max by (a) (x) == 0 and on (a, b) y{power="Running"} or vector(0)', ['x', 'y']],
  ['histogram_quantile(0.99, sum by (le) (rate(z_bucket[1h])))', ['z_bucket']],
  ['min (t) - time() < 14 * 86400', ['t']],
])('of the query %s the metrics are %p', (expression, names) => {
  expect(metricsOf(expression)).toEqual(names);
});
