import type { OutgoingHttpHeaders } from 'node:http';
import type { KubeClient } from './client.ts';
import type { Sender } from './transport.ts';

/** As whom a request is made: the API server asks RBAC about this user and these groups, and nobody else. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Clients of one API server for whoever is named. They share connections, and cost nothing: make one for each command. */
export interface ClientsAs {
  /** Its `close` does nothing. Throws when the user has no name. */
  as(who: Impersonation): KubeClient;
  /** Closes idle connections. No client of these may be used afterwards. */
  close(): void;
}

/** A sender whose every request is made as `who`. */
export function sendingAs(sender: Sender, who: Impersonation): Sender {
  requireName(who);
  return {
    server: sender.server,
    send: (request, limits, signal) => sender.send({ ...request, as: who }, limits, signal),
    close: () => undefined,
  };
}

export function impersonationHeaders(who: Impersonation): OutgoingHttpHeaders {
  requireName(who);
  return { 'impersonate-user': who.user, 'impersonate-group': [...who.groups] };
}

/** Without a name, nobody is impersonated, and the request would be made with our own rights. */
function requireName({ user }: Impersonation): void {
  if (user === '') throw new Error('Nobody can be impersonated who has no name: give the user one.');
}
