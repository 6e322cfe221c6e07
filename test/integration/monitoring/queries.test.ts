import { expect, test } from '@jest/globals';
import { Reason } from '../../../crds/conditions.ts';
import { catalogue } from '../../../crds/errors.ts';
import { EventReason } from '../../../crds/events.ts';
import { dashboardQueries, metricsOf, reasonsOf, ruleQueries } from './queries.ts';

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

test('alerts and panels select by reasons that there are', async () => {
  const known = new Set([Reason, catalogue, EventReason].flatMap((each) => Object.keys(each)));
  const asked = [...(await ruleQueries()), ...(await dashboardQueries())].flatMap(({ where, expression }) =>
    reasonsOf(expression).map((reason) => ({ where, reason })),
  );
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter(({ reason }) => !known.has(reason))).toEqual([]);
});
