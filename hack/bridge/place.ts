import type { Instance } from '../management/instance.ts';

/** Where an installation's bridge listens, and with which settings; all from the environment of `make up`. */
export interface BridgePlace {
  /** Name of its container. */
  readonly container: string;
  readonly port: number;
  /** An address by which this machine reaches it. */
  readonly address: string;
  /** What people and programs are told. */
  readonly url: string;
  /** `QBO_API_*`, handed on as they are. */
  readonly settings: Readonly<Record<string, string>>;
}

const DEFAULT_PORT = '9601';
/** On the container: the port that it has. */
export const PORT_LABEL = 'qbo.io/bridge-port';
/** Addresses that stand for several, and one of them. */
const ONE_OF: Readonly<Record<string, string>> = { localhost: '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Throws when the port is none. */
export function bridgePlace({ name }: Instance, env: NodeJS.ProcessEnv): BridgePlace {
  const given = Object.entries(env).filter(
    ([key, value]) => key.startsWith('QBO_API_') && value !== undefined && value !== '',
  );
  // In one order: by what it is made with, a container is told from another.
  const settings: Record<string, string> = Object.fromEntries((given as [string, string][]).sort());
  const { QBO_API_PORT: text = DEFAULT_PORT, QBO_API_ADDRESS: listensOn = 'localhost' } = settings;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`QBO_API_PORT is "${text}", which is no port: use a number between 1 and 65535.`);
  }
  const address = ONE_OF[listensOn] ?? listensOn;
  const host = address === '127.0.0.1' ? 'localhost' : bracketed(address);
  return { container: `${name}-bridge`, port, address, url: `ws://${host}:${text}/qbo`, settings };
}

/** As URLs have an address of IPv6. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
