import { isOfNow, readAccount } from '../../crds/account.ts';
import type { Account } from '../../crds/account.ts';
import { Annotation } from '../../crds/names.ts';
import {
  accountExpiry,
  ACCOUNTS_NAMESPACE,
  GROUP_OF_ROLE,
  kubernetesUserOf,
  namespaceOf,
  UserKind,
} from '../../crds/user.ts';
import type { User } from '../../crds/user.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import type { Secret } from '../../controllers/kube/kinds.ts';
import { listerWatcher } from '../../controllers/kube/lister-watcher.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { Reflector } from '../../controllers/runtime/reflector.ts';
import type { Caller } from '../caller.ts';
import { isSessionOf, readSession, SESSIONS_NAMESPACE } from './session.ts';

export interface DirectoryOptions {
  /** With the rights of the bridge itself. */
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who somebody is, and until when what they came with is good. */
export interface Holder {
  readonly caller: Caller;
  /** Milliseconds since the epoch; Infinity when it does not end by itself. */
  readonly endsAt: number;
}

const BY_AUX = 'aux';
const BY_HASH = 'hash';
const BY_KUBERNETES_USER = 'kubernetesUser';

/**
 * Who there is, what their accounts are, and who is logged in: as the API server has it, a moment ago. While that can not
 * be asked, it stays as it was.
 */
export class Directory {
  readonly #clock: Clock;
  readonly #users: Reflector<Stored<User>>;
  readonly #accounts: Reflector<Stored<Secret>>;
  readonly #sessions: Reflector<Stored<Secret>>;

  constructor({ client, clock, log }: DirectoryOptions) {
    this.#clock = clock;
    const secrets = (name: string, namespace: string, index: string, valueOf: (secret: Secret) => string | undefined) =>
      new Reflector<Stored<Secret>>({
        name,
        source: listerWatcher(client, SecretType, { namespace }),
        clock,
        log,
        indexes: { [index]: (secret) => [valueOf(secret)].filter((value) => value !== undefined) },
      });
    this.#users = new Reflector<Stored<User>>({
      name: 'users',
      source: listerWatcher(client, UserKind),
      clock,
      log,
      indexes: { [BY_KUBERNETES_USER]: ({ spec }) => spec.kubernetesUsers ?? [] },
    });
    this.#accounts = secrets('accounts', ACCOUNTS_NAMESPACE, BY_AUX, (secret) => readAccount(secret)?.aux);
    this.#sessions = secrets('sessions', SESSIONS_NAMESPACE, BY_HASH, (secret) => readSession(secret)?.hash);
  }

  /** Follows the API server until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map((reflector) => reflector.run(signal)));
  }

  /** Resolves when everything is known; before, nobody is. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map((reflector) => reflector.synced(signal)));
  }

  hasSynced(): boolean {
    return this.#all().every((reflector) => reflector.hasSynced());
  }

  /** Calls `handler` after every change of anything. Returns what ends that. */
  onChange(handler: () => void): () => void {
    const ends = this.#all().map((reflector) => reflector.onChange(handler));
    return () => {
      for (const end of ends) end();
    };
  }

  /** The account that has this `aux`; undefined when it is nobody's that could be let in now. */
  accountWith(aux: string): { readonly account: Account; readonly holder: Holder } | undefined {
    const [secret, ...more] = this.#accounts.store.byIndex(BY_AUX, aux);
    if (secret === undefined || more.length > 0) return undefined;
    const account = readAccount(secret);
    const user = this.#userCalled(secret.metadata.name);
    if (account === undefined || user === undefined || !isOfNow(secret, account, user)) return undefined;
    const holder = this.#holder(user, accountExpiry(user, account.created)?.getTime());
    return holder && { account, holder };
  }

  /** Who has logged in and got the token of this hash. */
  sessionWith(hash: string): Holder | undefined {
    const [secret] = this.#sessions.store.byIndex(BY_HASH, hash);
    const session = secret && readSession(secret);
    if (secret === undefined || session === undefined) return undefined;
    const user = this.#userCalled(session.user);
    if (user === undefined || !isSessionOf(secret, session, user)) return undefined;
    return this.#holder(user, Date.parse(session.expires));
  }

  /** The User as whom somebody may log in whom the Kubernetes API knows by that name; undefined: none, or not one alone. */
  userFor(kubernetesUser: string): Stored<User> | undefined {
    const [user, ...more] = this.#users.store.byIndex(BY_KUBERNETES_USER, kubernetesUser);
    return user !== undefined && more.length === 0 && isAllowed(user) ? user : undefined;
  }

  /** Sessions that nobody can use any more. */
  deadSessions(): readonly Stored<Secret>[] {
    return this.#sessions.store.list().filter((secret) => {
      const session = readSession(secret);
      return session === undefined || this.sessionWith(session.hash) === undefined;
    });
  }

  /** Of one user, the one that ends first at the front. */
  sessionsOf(user: User): readonly Stored<Secret>[] {
    return this.#sessions.store
      .list()
      .map((secret) => ({ secret, session: readSession(secret) }))
      .filter(({ session }) => session?.user === user.metadata.name)
      .sort((a, b) => ((a.session?.expires ?? '') < (b.session?.expires ?? '') ? -1 : 1))
      .map(({ secret }) => secret);
  }

  #all() {
    return [this.#users, this.#accounts, this.#sessions];
  }

  #userCalled(name: string): Stored<User> | undefined {
    return this.#users.store.get({ namespace: '', name });
  }

  #holder(user: Stored<User>, endsAt = Infinity): Holder | undefined {
    return isAllowed(user) && endsAt > this.#clock.now() ? { caller: callerOf(user), endsAt } : undefined;
  }
}

const isAllowed = ({ metadata, spec }: User): boolean =>
  spec.access === 'Allowed' && metadata.deletionTimestamp === undefined;

const callerOf = (user: Stored<User>): Caller => ({
  name: user.metadata.name,
  email: user.spec.email,
  uuid: user.metadata.annotations?.[Annotation.id] ?? user.metadata.uid,
  isAdmin: user.spec.role === 'admin',
  namespace: namespaceOf(user),
  impersonate: { user: kubernetesUserOf(user), groups: [GROUP_OF_ROLE[user.spec.role]] },
});
