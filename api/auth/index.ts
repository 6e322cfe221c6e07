import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../caller.ts';

/** Finds out who asks for a socket, before it is one. */
export interface Authenticator {
  /** From the headers of the upgrade. undefined: nobody that is known, whatever the reason; it is not told. Takes the same time for all. */
  authenticate(headers: IncomingHttpHeaders): Promise<Caller | undefined>;
  /** Aborts when what the caller came in with is revoked or expires. */
  lifetime(caller: Caller): AbortSignal;
}
