import type { Scope } from '../scope.ts';

/** The sockets that the caller may see: their own, and an administrator everybody's. */
export const getClients = ({ clients, caller, reply }: Scope): Promise<void> => {
  reply.send({ clients: [...clients.rows(caller)] });
  return Promise.resolve();
};
