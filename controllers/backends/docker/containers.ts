import type { ContainerInspectInfo } from 'dockerode';
import { ContainerNotRunning, ImageUnavailable, NameTaken, NetworkMissing } from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import { brief } from '../brief.ts';
import type { Container, ContainerSpec } from '../containers.ts';
import { isContainerId, ownerKeyOf } from '../kind-made.ts';
import { isAddressRefusal, whoHoldsAddress } from './address-holder.ts';
import type { Connection } from './connection.ts';
import { needsNetworkIds, ownerOf, toContainer } from './container-view.ts';
import type { NetworkIds } from './container-view.ts';
import { inBatches } from './in-batches.ts';
import { exceeding } from './limits.ts';
import { networkFor } from './network-for.ts';
import { NO_KERNEL_MODULES, nodeContainerOptions } from './node-container.ts';
import { isName } from './path-segment.ts';
import { Refused } from './refusal.ts';

const NO_NETWORK = /network (\S+) not found/i;
const networkIn = (answer: string): string => brief(NO_NETWORK.exec(answer)?.[1] ?? 'of its');

/** Containers from their creation to their removal. */
export class ContainerLifecycle {
  readonly #connection: Connection;
  /** Found out by trying: the host's files can not be seen from where the operator runs. */
  #hostHasKernelModules = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Container[]> {
    const filters = { label: labelFilters(labels) };
    const found = await this.#connection.ask(
      'its containers',
      (docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal }),
      signal,
    );
    const infos = await inBatches(found, ({ Id }) => this.#inspect(Id, signal));
    return this.#view(
      infos.filter((info) => info !== undefined),
      signal,
    );
  }

  async countRunning(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
    const filters = { label: labelFilters(labels), status: ['running'] };
    const found = await this.#connection.ask(
      'its containers',
      (docker, abortSignal) => docker.listContainers({ filters, abortSignal }),
      signal,
    );
    return found.length;
  }

  async findByOwner(owner: string, signal: AbortSignal): Promise<readonly Container[]> {
    const labelled = await this.list({ [Label.id]: owner }, signal);
    if (!isContainerId(owner)) return labelled;
    const itself = await this.find(owner, signal);
    return itself !== undefined && ownerKeyOf(itself) === owner ? [...labelled, itself] : labelled;
  }

  async find(nameOrId: string, signal: AbortSignal): Promise<Container | undefined> {
    const info = await this.#inspect(nameOrId, signal);
    return info && (await this.#view([info], signal))[0];
  }

  async create(spec: ContainerSpec, signal: AbortSignal): Promise<Container> {
    try {
      const id = await this.#create(spec, signal);
      const container = await this.find(id, signal);
      if (container !== undefined) return container;
    } catch (error) {
      if (Refused.is(error, 404, /no such image/i))
        throw new ImageUnavailable({ image: spec.image, answer: error.answer, known: [] }, error);
      if (!Refused.is(error, 409)) throw await this.#exceeding(spec, error, signal);
      const holder = await this.#inspect(spec.name, signal);
      if (holder !== undefined && ownerOf(holder) === spec.owner) return this.#viewOne(holder, signal);
      const by = holder === undefined ? 'a container that is being removed' : `container ${brief(holder.Id)}`;
      throw new NameTaken({ what: 'container', name: spec.name, by }, error);
    }
    throw new ContainerNotRunning({ container: spec.name, state: 'removed while it was created' });
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#connection.ask(
        `container ${brief(id)}`,
        (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }),
        signal,
      );
    } catch (error) {
      if (Refused.is(error, 304)) return;
      if (Refused.is(error, 404, /no such container/i))
        throw new ContainerNotRunning({ container: brief(id), state: 'it is gone' }, error);
      if (Refused.is(error, 404, NO_NETWORK))
        throw new NetworkMissing({ network: networkIn(error.answer), container: brief(id) }, error);
      if (isAddressRefusal(error)) throw await this.#addressTaken(id, error, signal);
      throw error;
    }
  }

  async pause(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#connection.ask(
        `container ${brief(id)}`,
        (docker, abortSignal) => docker.getContainer(id).pause({ abortSignal }),
        signal,
      );
    } catch (error) {
      if (Refused.is(error, 409, /already paused/i)) return;
      if (!Refused.is(error, 404) && !Refused.is(error, 409)) throw error;
      throw await notRunning(this.#connection, id, error, signal);
    }
  }

  async unpause(id: string, signal: AbortSignal): Promise<void> {
    await this.#connection
      .ask(`container ${brief(id)}`, (docker, abortSignal) => docker.getContainer(id).unpause({ abortSignal }), signal)
      .catch((error: unknown) => {
        if (!Refused.is(error, 404) && !Refused.is(error, 409) && !Refused.is(error, 500, /is not (paused|running)/i))
          throw error;
      });
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#connection.ask(
        `container ${brief(id)}`,
        (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
        signal,
      );
    } catch (error) {
      if (Refused.is(error, 404)) return;
      if (!Refused.is(error, 409, /already in progress/i)) throw error;
      await this.#waitUntilRemoved(id, signal);
    }
  }

  async #waitUntilRemoved(id: string, signal: AbortSignal): Promise<void> {
    await this.#connection
      .ask(
        `container ${brief(id)}`,
        (docker, abortSignal) => docker.getContainer(id).wait({ condition: 'removed', abortSignal }),
        signal,
      )
      .catch((error: unknown) => {
        if (!Refused.is(error, 404)) throw error;
      });
  }

  async #create(spec: ContainerSpec, signal: AbortSignal): Promise<string> {
    const create = (networkName: string): Promise<{ id: string }> =>
      this.#connection.ask(
        `container ${spec.name}`,
        (docker, abortSignal) =>
          docker.createContainer({
            ...nodeContainerOptions(spec, { networkName, kernelModules: this.#hostHasKernelModules }),
            abortSignal,
          }),
        signal,
      );
    const network = await networkFor(this.#connection, { network: spec.network.id, container: spec.name }, signal);
    try {
      return (await create(network.Name)).id;
    } catch (error) {
      if (!this.#hostHasKernelModules || !Refused.is(error, 400, NO_KERNEL_MODULES)) throw error;
      this.#hostHasKernelModules = false;
      return (await create(network.Name)).id;
    }
  }

  #exceeding({ name, resources = {} }: ContainerSpec, error: unknown, signal: AbortSignal): Promise<unknown> {
    return exceeding(this.#connection, { name, resources, error }, signal);
  }

  async #addressTaken(id: string, refusal: Error, signal: AbortSignal): Promise<Error> {
    const info = await this.#inspect(id, signal);
    return (info && (await whoHoldsAddress(this.#connection, info, signal))) ?? refusal;
  }

  #inspect(id: string, signal: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    return inspectContainer(this.#connection, id, signal);
  }

  async #viewOne(info: ContainerInspectInfo, signal: AbortSignal): Promise<Container> {
    return toContainer(info, await this.#networkIds([info], signal));
  }

  async #view(infos: readonly ContainerInspectInfo[], signal: AbortSignal): Promise<readonly Container[]> {
    const networkIds = await this.#networkIds(infos, signal);
    return infos.map((info) => toContainer(info, networkIds));
  }

  async #networkIds(infos: readonly ContainerInspectInfo[], signal: AbortSignal): Promise<NetworkIds> {
    if (!infos.some(needsNetworkIds)) return new Map();
    const networks = await this.#connection.ask(
      'its networks',
      (docker, abortSignal) => docker.listNetworks({ abortSignal }),
      signal,
    );
    return new Map(networks.map(({ Name, Id }) => [Name, Id]));
  }
}

const labelFilters = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([name, value]) => (value === '' ? name : `${name}=${value}`));

/** undefined when there is none. */
export async function inspectContainer(
  connection: Connection,
  id: string,
  signal: AbortSignal,
): Promise<ContainerInspectInfo | undefined> {
  if (!isName(id)) return undefined;
  try {
    return await connection.ask(
      `container ${brief(id)}`,
      (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
      signal,
    );
  } catch (error) {
    if (Refused.is(error, 404)) return undefined;
    throw error;
  }
}

/** Why nothing can be run in it, as far as the engine can tell. */
export async function notRunning(
  connection: Connection,
  id: string,
  cause: unknown,
  signal: AbortSignal,
): Promise<ContainerNotRunning> {
  const info = await inspectContainer(connection, id, signal);
  if (info === undefined) return new ContainerNotRunning({ container: brief(id), state: 'it is gone' }, cause);
  const { name, state, stateDetail } = toContainer(info, new Map());
  const why = state === 'running' ? 'it was started again meanwhile' : stateDetail || state;
  return new ContainerNotRunning({ container: name, state: why }, cause);
}
