import { Failure } from '../failure.ts';
import type { Scope } from './scope.ts';

/** What the language has words for and the system does not do yet: said plainly, instead of nothing happening. */
const unavailable =
  (sentence: string) =>
  (_scope: Scope): Promise<never> =>
    Promise.reject(new Failure(501, sentence));

export const NO_INSTANCES = unavailable('There are no compute instances yet: they come with a later release.');
export const NO_SHELL = unavailable('There is no terminal yet: it comes with the web console.');
export const NO_CERTIFICATES = unavailable(
  'There are no certificates of the host yet: they come with a later release.',
);
