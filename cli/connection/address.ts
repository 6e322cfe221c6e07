import type { Config } from '../config/index.ts';

/** Where the bridge takes websockets, as in `ws://localhost:9601/qbo`. */
export function addressOf({ host, port, isEncrypted }: Pick<Config, 'host' | 'port' | 'isEncrypted'>): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${isEncrypted ? 'wss' : 'ws'}://${name}:${port}/qbo`;
}
