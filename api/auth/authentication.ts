import type { KubeClient } from '../../controllers/kube/client.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import { AccountAuthenticator } from './accounts.ts';
import { Directory } from './directory.ts';
import type { Authenticator } from './index.ts';
import { loginRoutes } from './login.ts';
import { Sessions } from './sessions.ts';

export interface AuthenticationOptions {
  /** With the rights of the bridge itself. */
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything that a bridge with users needs to know them. */
export interface Authentication {
  readonly authenticator: Authenticator;
  /** Paths of its own. */
  readonly routes: ReturnType<typeof loginRoutes>;
  /** Follows who there is until `stop`. To be called once. */
  run(): Promise<void>;
  /** Resolves when it is known who there is; before, nobody can come in. */
  synced(signal: AbortSignal): Promise<void>;
}

/** Service accounts and logins on the web, as Users and Secrets have them; see ADR 35. */
export function accountAuthentication(options: AuthenticationOptions, stop: AbortSignal): Authentication {
  const directory = new Directory(options);
  const sessions = new Sessions({ ...options, directory });
  const authenticator = new AccountAuthenticator(directory, options.clock);
  return {
    authenticator,
    routes: loginRoutes({ ...options, directory, sessions }, stop),
    synced: (signal) => directory.synced(signal),
    run: async () => {
      try {
        await Promise.all([directory.run(stop), sessions.run(stop)]);
      } finally {
        authenticator.close();
      }
    },
  };
}
