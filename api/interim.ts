import type { Authenticator } from './auth/index.ts';
import type { Caller } from './caller.ts';
import type { Commands } from './commands/index.ts';
import { Failure } from './failure.ts';

/** Until commands and identities are there: `version`, for everybody on this machine. */
export const interimCommands = (version: string, host: string): Commands => ({
  run: async ({ verb }, _caller, reply) => {
    if (verb !== 'version') throw new Failure(501, `qbo ${verb} can not be done yet.`);
    reply.send({ version: [{ qbo: `api:${version}`, host }] });
  },
  watch: async () => {
    throw new Failure(501, 'Nothing can be watched yet.');
  },
});

const local: Caller = {
  name: 'local',
  email: 'local@localhost',
  uuid: '0d4b1f6e-5b1c-4a51-9d8e-2a43a17b9f10',
  isAdmin: true,
  namespace: 'default',
  impersonate: { user: 'qbo:local', groups: ['qbo:admins'] },
};

export const interimAuthenticator: Authenticator = {
  authenticate: async () => local,
  lifetime: () => new AbortController().signal,
};
