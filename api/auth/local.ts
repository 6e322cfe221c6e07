import { createHash } from 'node:crypto';
import type { Caller } from '../caller.ts';
import { GROUP_OF_ROLE } from '../../crds/user.ts';
import type { Authenticator } from './index.ts';

/**
 * Without authentication whoever reaches the bridge is the administrator of the installation. Nobody may reach it then but
 * from its own machine.
 */
export function localAuthenticator(instance: string): Authenticator {
  const caller: Caller = {
    name: 'local',
    email: `${instance}@localhost`,
    uuid: stableUuid(`qbo mirror of the local administrator of ${instance}`),
    isAdmin: true,
    namespace: 'default',
    impersonate: { user: 'qbo:local', groups: [GROUP_OF_ROLE.admin] },
  };
  const { signal } = new AbortController();
  return { authenticate: () => Promise.resolve(caller), lifetime: () => signal };
}

/** The same for the same text: a uuid of version 8, which is free to mean anything. */
function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
