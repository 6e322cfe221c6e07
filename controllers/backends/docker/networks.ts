import type { NetworkInspectInfo } from 'dockerode';
import { AddressTaken, ContainerNotRunning, NameTaken, NetworkInUse, SubnetTaken } from '../../../crds/errors.ts';
import { overlaps, parseCIDR } from '../../../crds/cidr.ts';
import type { CIDR } from '../../../crds/cidr.ts';
import { Label } from '../../../crds/names.ts';
import { brief } from '../brief.ts';
import type { ContainerNetwork, Networks, NetworkSpec } from '../containers.ts';
import { holderOf, isAddressRefusal } from './address-holder.ts';
import type { Connection } from './connection.ts';
import { inspectContainer } from './containers.ts';
import { networkFor } from './network-for.ts';
import { Refused } from './refusal.ts';

const OVERLAP = /pool overlaps|overlapping IPv4|conflicts with network/i;
const NOT_CONNECTED = /is not connected to/i;
const CONNECTED_ALREADY = /already exists in network|already attached/i;
const IN_USE = /has active endpoints/i;

export class DockerNetworks implements Networks {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async findByOwner(owner: string, signal: AbortSignal): Promise<readonly ContainerNetwork[]> {
    return (await this.#list([`${Label.id}=${owner}`], signal)).map(toNetwork);
  }

  async list(signal: AbortSignal): Promise<readonly ContainerNetwork[]> {
    return (await this.#list([], signal)).map(toNetwork);
  }

  async create(spec: NetworkSpec, signal: AbortSignal): Promise<ContainerNetwork> {
    const [existing] = await this.findByOwner(spec.owner, signal);
    if (existing !== undefined) return existing;
    const labels = { ...spec.labels, [Label.id]: spec.owner };
    try {
      const { id } = await this.#connection.ask(
        `network ${spec.name}`,
        (docker, abortSignal) =>
          docker.createNetwork({
            Name: spec.name,
            CheckDuplicate: true,
            Driver: 'bridge',
            IPAM: { Driver: 'default', Config: [{ Subnet: spec.subnet, Gateway: spec.gateway }] },
            Labels: labels,
            abortSignal,
          }),
        signal,
      );
      return { id, name: spec.name, owner: spec.owner, subnets: [spec.subnet], labels };
    } catch (error) {
      if (error instanceof Refused) throw await this.#whyNotCreated(spec, error, signal);
      throw error;
    }
  }

  async connect(
    networkId: string,
    containerId: string,
    address: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const container = await inspectContainer(this.#connection, containerId, signal);
    if (container === undefined) throw new ContainerNotRunning({ container: brief(containerId), state: 'it is gone' });
    const network = await networkFor(this.#connection, { network: networkId, container: containerId }, signal);
    const endpoint = container.NetworkSettings.Networks[network.Name];
    if (endpoint !== undefined) {
      if (isAt(endpoint, networkId, address)) return;
      await this.disconnect(networkId, containerId, signal);
    }
    try {
      await this.#connection.ask(
        `network ${network.Name}`,
        (docker) =>
          docker.getNetwork(networkId).connect({
            Container: containerId,
            ...(address !== undefined && { EndpointConfig: { IPAMConfig: { IPv4Address: address } } }),
          }),
        signal,
      );
    } catch (error) {
      if (error instanceof Refused && CONNECTED_ALREADY.test(error.answer)) return;
      if (!isAddressRefusal(error) || address === undefined) throw error;
      const by = await holderOf(this.#connection, { network: networkId, address, except: container.Id }, signal);
      throw new AddressTaken({ address, network: network.Name, ...(by !== undefined && { by }) }, error);
    }
  }

  async disconnect(networkId: string, containerId: string, signal: AbortSignal): Promise<void> {
    await this.#connection
      .ask(
        `network ${brief(networkId)}`,
        (docker, abortSignal) =>
          docker.getNetwork(networkId).disconnect({ Container: containerId, Force: true, abortSignal }),
        signal,
      )
      .catch((error: unknown) => {
        const done = error instanceof Refused && (error.status === 404 || NOT_CONNECTED.test(error.answer));
        if (!done) throw error;
      });
  }

  async remove(networkId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#connection.ask(
        `network ${brief(networkId)}`,
        (docker, abortSignal) => docker.getNetwork(networkId).remove({ abortSignal }),
        signal,
      );
    } catch (error) {
      if (Refused.is(error, 404)) return;
      if (!(error instanceof Refused) || !IN_USE.test(error.answer)) throw error;
      const { Name, Containers } = await this.#inspect(networkId, signal);
      const by = Object.values(Containers ?? {}).map((container) => container.Name);
      throw new NetworkInUse({ network: Name, by: by.sort() }, error);
    }
  }

  async #whyNotCreated(spec: NetworkSpec, refusal: Refused, signal: AbortSignal): Promise<Error> {
    const networks = await this.list(signal);
    if (OVERLAP.test(refusal.answer)) {
      const wanted = parseCIDR(spec.subnet);
      const overlapping = networks.find(({ subnets }) => subnets.some((subnet) => overlap(wanted, parseCIDR(subnet))));
      const by = overlapping
        ? `Docker network ${overlapping.name} (${overlapping.subnets.join(', ')})`
        : `something else on the host (${refusal.answer})`;
      return new SubnetTaken({ network: spec.name, subnet: spec.subnet, by }, refusal);
    }
    const holder = networks.find(({ name }) => name === spec.name);
    if (refusal.status !== 409 || holder === undefined) return refusal;
    return new NameTaken({ what: 'network', name: spec.name, by: `network ${brief(holder.id)}` }, refusal);
  }

  #inspect(networkId: string, signal: AbortSignal): Promise<NetworkInspectInfo> {
    return this.#connection.ask(
      `network ${brief(networkId)}`,
      (docker) => docker.getNetwork(networkId).inspect(),
      signal,
    );
  }

  #list(label: string[], signal: AbortSignal): Promise<NetworkInspectInfo[]> {
    const filters = { label };
    return this.#connection.ask(
      'its networks',
      (docker, abortSignal) => docker.listNetworks({ filters, abortSignal }),
      signal,
    );
  }
}

/** Whether a container is where it is wanted; `address` undefined: anywhere in the network. */
function isAt(
  { NetworkID, IPAddress, IPAMConfig }: { NetworkID: string; IPAddress: string; IPAMConfig?: unknown },
  networkId: string,
  address: string | undefined,
): boolean {
  // A container that never ran knows its networks by name alone.
  if (NetworkID !== '' && NetworkID !== networkId) return false;
  const fixed = (IPAMConfig as { IPv4Address?: string } | null | undefined)?.IPv4Address;
  return address === undefined || (fixed ?? IPAddress) === address;
}

const overlap = (a: CIDR | undefined, b: CIDR | undefined): boolean =>
  a !== undefined && b !== undefined && overlaps(a, b);

function toNetwork(info: NetworkInspectInfo): ContainerNetwork {
  const labels = info.Labels ?? {};
  return {
    id: info.Id,
    name: info.Name,
    owner: labels[Label.id],
    subnets: (info.IPAM?.Config ?? []).map(({ Subnet }) => Subnet).filter((subnet) => subnet !== undefined),
    labels,
  };
}
