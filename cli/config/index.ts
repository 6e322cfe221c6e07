/**
 * Where the bridge is and who asks: from the environment, then `~/.qbo/cli.json`, which a person writes, then
 * `~/.qbo/.cli.db`, which `make up` writes, then localhost:9601. What one does not set is taken from the next; user and
 * key belong together and are taken from one place.
 */
import { join } from 'node:path';

import { ExitCode } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { Log } from '../log.ts';
import { readConfigFile, type ConfigFile } from './file.ts';
import { auxOf, hostOf, portOf, switchOf, uidOf, UUID, ValueError, type Credentials } from './values.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** wss, not ws. */
  readonly isEncrypted: boolean;
  /** Without them nothing is sent: a bridge without accounts asks for none. */
  readonly credentials?: Credentials;
  /** What `get user -l` calls the account. */
  readonly user?: string;
}

export interface Environment {
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** One place that may set values. `get` throws CliFailure, which names the place, for a value that is wrong. */
interface Source {
  get<T>(key: Key, read: (value: unknown) => T): T | undefined;
}

type Key = 'qbo_uid' | 'qbo_aux' | 'qbo_host' | 'qbo_port' | 'qbo_ssl' | 'qbo_user';

const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 9601;
const ENCRYPTED_PORT = 443;

/** Throws CliFailure: the place, what is wrong there and what to do. */
export async function loadConfig({ home, variables }: Environment, log: Log): Promise<Config> {
  const folder = join(home, '.qbo');
  const [own, system] = await Promise.all([
    readConfigFile(join(folder, 'cli.json')),
    readSystemFile(join(folder, '.cli.db'), log),
  ]);
  if (own?.isOpenToOthers && own.values['qbo_uid'] !== undefined) {
    log('warn', `${own.path} holds your key, and others may read it. Run: chmod 600 ${own.path}`);
  }
  return resolve([fromVariables(variables), ...[own, system].flatMap((file) => (file ? [fromFile(file)] : []))]);
}

/** The file may be another program's, of the same name: that is left alone. */
async function readSystemFile(path: string, log: Log): Promise<ConfigFile | undefined> {
  try {
    return await readConfigFile(path);
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    log('warn', `${error.message} It is ignored; \`make up\` writes it.`);
    return undefined;
  }
}

function resolve(sources: readonly Source[]): Config {
  const first = <T>(key: Key, read: (value: unknown) => T): T | undefined => {
    for (const source of sources) {
      const value = source.get(key, read);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const host = first('qbo_host', hostOf) ?? DEFAULT_HOST;
  const isEncrypted = first('qbo_ssl', switchOf) ?? !isLoopback(host);
  const user = first('qbo_user', String);
  const credentials = credentialsOf(sources);
  return {
    host,
    isEncrypted,
    port: first('qbo_port', portOf) ?? (isEncrypted ? ENCRYPTED_PORT : DEFAULT_PORT),
    ...(credentials === undefined ? {} : { credentials }),
    ...(user === undefined ? {} : { user }),
  };
}

function credentialsOf(sources: readonly Source[]): Credentials | undefined {
  for (const source of sources) {
    const uid = source.get('qbo_uid', uidOf);
    if (uid === undefined) continue;
    const aux = source.get('qbo_aux', auxOf) ?? '';
    if (typeof uid === 'object' && aux === '') {
      source.get('qbo_uid', () => {
        throw new ValueError(
          'is the key of a service account, and qbo_aux, its id, is missing beside it. Copy both from `qbo get user NAME`.',
        );
      });
    }
    return { uid, aux };
  }
  return undefined;
}

/** Only on this machine may what is said be read by nobody else. */
export const isLoopback = (host: string): boolean => /^(localhost\.?|127(\.\d{1,3}){3}|::1)$/i.test(host);

const fromVariables = (variables: Environment['variables']): Source => ({
  get: (key, read) => {
    const name = key.toUpperCase();
    const value = variables[name];
    // `docker run -e QBO_AUX` passes a variable on that is set and empty.
    if (value === undefined || value === '') return undefined;
    return orRefuse(
      () => read(value),
      (problem) => new CliFailure(ExitCode.usage, `The environment variable ${name} ${problem}`),
    );
  },
});

const fromFile = (file: ConfigFile): Source => ({
  get: (key, read) => {
    const value = file.values[key];
    if (value === undefined || value === null) return undefined;
    return orRefuse(
      () => read(value),
      (problem) => file.refuse(key, `${key} ${problem}`),
    );
  },
});

function orRefuse<T>(read: () => T, refuse: (problem: string) => CliFailure): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ValueError) throw refuse(error.message);
    throw error;
  }
}

/** Whoever has no account is in the one room of the bridge that there is, whatever its id. */
const NO_MIRROR = '00000000-0000-0000-0000-000000000000';

/** Id of the mirror that requests name: a service account's is its own. A web token is a secret, and never named. */
export const mirrorOf = ({ credentials }: Config): string =>
  credentials !== undefined && UUID.test(credentials.aux) ? credentials.aux : NO_MIRROR;
