import { generateKeyPairSync } from 'node:crypto';
import type { AccountKey } from '../../crds/account.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import { Failure } from '../failure.ts';
import type { Caller } from '../caller.ts';
import { readCredential } from './credential.ts';
import type { Directory } from './directory.ts';
import { Grants } from './grants.ts';
import type { Authenticator } from './index.ts';
import { isProven } from './proof.ts';
import type { Proof } from './proof.ts';
import { hashOf } from './session.ts';

/** Lets in Users: by their service account, or as they have logged in on the web. */
export class AccountAuthenticator implements Authenticator {
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #grants: Grants;
  readonly #stopLooking: () => void;
  /** Nobody's. Whoever names an account that is not there is checked against it, and learns nothing by the time it takes. */
  readonly #nobody = newKey();

  constructor(directory: Directory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
    this.#grants = new Grants(clock);
    this.#stopLooking = directory.onChange(() => {
      this.#grants.reviewSoon();
    });
  }

  /** Throws Failure 503 while it is not known who there is. */
  async authenticate({ cookie }: { readonly cookie?: string | undefined }): Promise<Caller | undefined> {
    const credential = readCredential(cookie);
    if (credential === undefined) return undefined;
    if (!this.#directory.hasSynced()) {
      throw new Failure(
        503,
        'Nobody can come in yet: the Kubernetes API has not told who there is. Try again in a moment.',
      );
    }
    if (credential.kind !== 'session') return this.#byAccount(credential);
    const hash = hashOf(credential.token);
    return this.#grants.give(`session ${hash}`, () => this.#directory.sessionWith(hash));
  }

  lifetime(caller: Caller): AbortSignal {
    return this.#grants.lifetime(caller);
  }

  /** Puts everybody out. */
  close(): void {
    this.#stopLooking();
    this.#grants.close();
  }

  async #byAccount(proof: Proof): Promise<Caller | undefined> {
    const { aux } = proof;
    const found = this.#directory.accountWith(aux);
    const key = found?.account.key ?? this.#nobody;
    const proven = await isProven(proof, key, new Date(this.#clock.now()));
    if (!proven || found === undefined) return undefined;
    // Found again: it may have been revoked while the proof was looked at.
    return this.#grants.give(`account ${aux}`, () => {
      const now = this.#directory.accountWith(aux);
      return now?.account.key.x === key.x ? now.holder : undefined;
    });
  }
}

const newKey = (): AccountKey =>
  generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey.export({ format: 'jwk' }) as AccountKey;
