import type { Server } from 'node:http';
import { isIP } from 'node:net';

export interface Place {
  /** `localhost` for both loopback addresses of this machine, or one address. */
  readonly address: string;
  readonly port: number;
}

const BOTH = ['127.0.0.1', '::1'] as const;
/** What a machine without IPv6 says. */
const NO_SUCH_FAMILY: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

/** Without authentication every socket is the administrator's, so nobody but this machine may reach it. Throws what to do. */
export function assertMayListen({ address }: Place, hasAuthentication: boolean): void {
  if (hasAuthentication || isLoopback(address)) return;
  throw new Error(
    `The bridge does not listen on ${address} without authentication: everybody who reaches it would be the administrator of all ` +
      'clusters. Set QBO_API_AUTH=accounts, or leave QBO_API_ADDRESS out to listen on localhost alone.',
  );
}

/**
 * Makes servers listen, one an address, and returns the port: the one that is asked for, or any that is free when that is 0. Rejects with what
 * to do when it is taken.
 */
export async function listen(
  make: () => Server,
  { address, port }: Place,
): Promise<{ servers: Server[]; port: number }> {
  const [first, ...others] = address === 'localhost' ? BOTH : [address];
  const servers = [make()];
  const actual = await listenOn(servers[0] as Server, first, port);
  for (const other of others) {
    const server = make();
    try {
      await listenOn(server, other, actual);
      servers.push(server);
    } catch (error) {
      if (NO_SUCH_FAMILY.has(codeOf((error as Error).cause))) continue;
      for (const listening of servers) listening.close();
      throw error;
    }
  }
  return { servers, port: actual };
}

const listenOn = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(refusal(error, host, port));
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      const bound = server.address();
      resolve(bound !== null && typeof bound === 'object' ? bound.port : port);
    });
  });

function refusal(error: Error, host: string, port: number): Error {
  const where = `port ${String(port)} of ${host}`;
  const sentence =
    codeOf(error) === 'EADDRINUSE'
      ? `The bridge can not listen on ${where}: another program does. See who it is with ss -ltnp 'sport = :${String(port)}' and stop it, ` +
        'or choose another port with QBO_API_PORT.'
      : `The bridge can not listen on ${where}: ${error.message}. Choose others with QBO_API_ADDRESS and QBO_API_PORT.`;
  return new Error(sentence, { cause: error });
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | undefined)?.code;
