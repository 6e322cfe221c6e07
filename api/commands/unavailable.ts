import { Failure } from '../failure.ts';
import type { Scope } from './scope.ts';

/** What the language has words for and the system does not do yet: said plainly, instead of nothing happening. */
const unavailable =
  (sentence: string) =>
  (_scope: Scope): Promise<never> =>
    Promise.reject(new Failure(501, sentence));

export const NO_ADDRESSES = unavailable(
  'Addresses for load balancers can not be given or taken yet: that comes with load balancing. Until then reach services by ' +
    'their node port, at the address of a node: qbo get services, qbo get nodes.',
);
export const NO_INSTANCES = unavailable('There are no compute instances yet: they come with a later release.');
export const NO_SHELL = unavailable('There is no terminal yet: it comes with the web console.');
export const NO_CERTIFICATES = unavailable(
  'There are no certificates of the host yet: they come with a later release.',
);
