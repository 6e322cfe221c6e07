import { Label } from '../../../crds/names.ts';
import { ownerKeyOf } from '../kind-made.ts';
import type { Connection } from './connection.ts';
import { labelsOf } from './container-view.ts';
import { inspectContainer } from './containers.ts';

/**
 * Whose networks and containers are meant by events that give only ids. Networks are remembered, because one that was
 * destroyed can not be asked about any more.
 */
export class Owners {
  readonly #connection: Connection;
  #networks = new Map<string, string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Learns of all networks that there are; forgets those that are gone. */
  async learn(signal: AbortSignal): Promise<void> {
    const networks = await this.#connection.ask(
      'its networks',
      (docker, abortSignal) => docker.listNetworks({ filters: { label: [Label.id] }, abortSignal }),
      signal,
    );
    this.#networks = new Map(networks.map(({ Id, Labels }) => [Id, Labels?.[Label.id] ?? '']));
  }

  async ofNetwork(id: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#networks.has(id)) {
      const before = this.#networks;
      await this.learn(signal);
      // A foreign one: remembered as such, so that it costs a question once only.
      if (!this.#networks.has(id)) this.#networks.set(id, before.get(id) ?? '');
    }
    return this.#networks.get(id) || undefined;
  }

  async ofContainer(id: string, signal: AbortSignal): Promise<string | undefined> {
    const info = await inspectContainer(this.#connection, id, signal);
    return info && ownerKeyOf({ id: info.Id, labels: labelsOf(info) });
  }
}
