import { jest, test } from '@jest/globals';
import { inAThread } from './in-a-thread.ts';
import { trialOf } from './promise.ts';

jest.setTimeout(1_800_000);

test('whatever happens to load balancers, they end as they were asked for (part 2)', () =>
  inAThread({ ...trialOf(10), balancing: true }));
