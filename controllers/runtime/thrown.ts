import { inspect } from 'node:util';

/** Anything can be thrown; from here on it is an Error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(`Something that is no Error was thrown: ${inspect(thrown)}`);
