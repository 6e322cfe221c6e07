import { jest, test } from '@jest/globals';
import { keepsItsPromises, trialOf } from './promise.ts';

jest.setTimeout(1_800_000);

test('whatever happens, it ends as it was asked for (part 1)', () => keepsItsPromises(trialOf(1)));
