import { jest, test } from '@jest/globals';
import { inAThread } from './in-a-thread.ts';
import { trialOf } from './promise.ts';

jest.setTimeout(1_800_000);

test('whatever happens, it ends as it was asked for (part 7)', () => inAThread(trialOf(7)));
