import { expect, test } from '@jest/globals';

import { routesInto } from './service-address-guard.ts';

const routes = (...destinations: readonly string[]): string => JSON.stringify(destinations.map((dst) => ({ dst })));

test('an ordinary machine has no routes into the service addresses', () => {
  expect(routesInto('10.96.0.0/12', routes('default', '172.17.0.0/16', '10.0.0.0/24', '192.0.2.1'))).toEqual([]);
});

test('routes inside, equal to and around the service addresses are found', () => {
  const inside = ['10.100.1.0/24', '10.96.0.1', '10.96.0.0/12', '10.0.0.0/8'];

  expect(routesInto('10.96.0.0/12', routes('default', ...inside, '10.128.0.0/9'))).toEqual(inside);
});
