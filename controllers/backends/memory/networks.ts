import { overlaps, parseCIDR } from '../../../crds/cidr.ts';
import {
  AddressTaken,
  ContainerNotRunning,
  NameTaken,
  NetworkInUse,
  NetworkMissing,
  SubnetTaken,
} from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import { brief } from '../brief.ts';
import { ownerKeyOf } from '../kind-made.ts';
import type { ContainerNetwork, Networks, NetworkSpec } from '../containers.ts';
import type { Gate } from './gate.ts';
import { isUp } from './lifecycle.ts';
import type { MemoryContainer, Model } from './model.ts';

export class MemoryNetworks implements Networks {
  readonly #model: Model;
  readonly #gate: Gate;

  constructor(model: Model, gate: Gate) {
    this.#model = model;
    this.#gate = gate;
  }

  findByOwner(owner: string, signal: AbortSignal): Promise<readonly ContainerNetwork[]> {
    return this.#gate.call('networks.findByOwner', [owner], signal, () =>
      [...this.#model.networks.values()].filter((network) => network.owner === owner),
    );
  }

  list(signal: AbortSignal): Promise<readonly ContainerNetwork[]> {
    return this.#gate.call('networks.list', [], signal, () => [...this.#model.networks.values()]);
  }

  create(spec: NetworkSpec, signal: AbortSignal): Promise<ContainerNetwork> {
    return this.#gate.call('networks.create', [spec.name, spec], signal, () => this.#create(spec));
  }

  #create(spec: NetworkSpec): ContainerNetwork {
    const networks = [...this.#model.networks.values()];
    const existing = networks.find(({ owner }) => owner === spec.owner);
    if (existing !== undefined) return existing;
    const holder = networks.find(({ name }) => name === spec.name);
    if (holder !== undefined)
      throw new NameTaken({ what: 'network', name: spec.name, by: `network ${brief(holder.id)}` });
    const inTheWay = networks.find(({ subnets }) => subnets.some((subnet) => overlap(subnet, spec.subnet)));
    if (inTheWay !== undefined) {
      const by = `Docker network ${inTheWay.name} (${inTheWay.subnets.join(', ')})`;
      throw new SubnetTaken({ network: spec.name, subnet: spec.subnet, by });
    }
    return this.add({ name: spec.name, subnet: spec.subnet, labels: { ...spec.labels, [Label.id]: spec.owner } });
  }

  /** Without asking whether it may be: for what others make. */
  add(network: { name: string; subnet: string; labels: Readonly<Record<string, string>> }): ContainerNetwork {
    const { name, subnet, labels } = network;
    const made: ContainerNetwork = {
      id: this.#model.newId(),
      name,
      owner: labels[Label.id],
      subnets: [subnet],
      labels,
    };
    this.#model.networks.set(made.id, made);
    return made;
  }

  connect(networkId: string, containerId: string, address: string | undefined, signal: AbortSignal): Promise<void> {
    return this.#gate.call('networks.connect', [networkId, containerId, address], signal, () => {
      const container = this.#model.findContainer(containerId);
      if (container === undefined)
        throw new ContainerNotRunning({ container: brief(containerId), state: 'it is gone' });
      const network = this.#model.networks.get(networkId);
      if (network === undefined) throw new NetworkMissing({ network: brief(networkId), container: container.name });
      const current = container.endpoints.get(networkId);
      if (address === undefined ? current !== undefined : current === address) return;
      // A container that does not run takes no address yet: the conflict shows when it is started.
      if (container.state === 'running' && address !== undefined) this.#requireFree(network, address);
      for (const id of container.endpoints.keys()) if (!this.#model.networks.has(id)) container.endpoints.delete(id);
      this.#attach(container, network, address);
      this.#tell(network, ownerKeyOf(container));
    });
  }

  disconnect(networkId: string, containerId: string, signal: AbortSignal): Promise<void> {
    return this.#gate.call('networks.disconnect', [networkId, containerId], signal, () => {
      const container = this.#model.findContainer(containerId);
      const network = this.#model.networks.get(networkId);
      if (container === undefined || network === undefined) return;
      this.detach(network.id, container);
    });
  }

  detach(networkId: string, container: MemoryContainer): void {
    const network = this.#model.networks.get(networkId);
    container.endpoints.unfixed.delete(networkId);
    if (network !== undefined && container.endpoints.delete(networkId)) this.#tell(network, ownerKeyOf(container));
  }

  remove(networkId: string, signal: AbortSignal): Promise<void> {
    return this.#gate.call('networks.remove', [networkId], signal, () => {
      const network = this.#model.networks.get(networkId);
      if (network === undefined) return;
      const attached = [...this.#model.containers.values()].filter(
        ({ state, endpoints }) => state === 'running' && endpoints.has(networkId),
      );
      const by = attached.map(({ name }) => name).sort();
      if (by.length > 0) throw new NetworkInUse({ network: network.name, by });
      this.drop(networkId);
    });
  }

  drop(networkId: string): void {
    const owner = this.#model.networks.get(networkId)?.owner;
    if (this.#model.networks.delete(networkId)) this.#model.feed.emit(owner);
  }

  #requireFree(network: ContainerNetwork, address: string): void {
    const holder = this.#model.holderOf(network.id, address);
    if (holder !== undefined)
      throw new AddressTaken({ address, network: network.name, by: `container ${holder.name}` });
  }

  #attach(container: MemoryContainer, network: ContainerNetwork, address: string | undefined): void {
    if (address === undefined) container.endpoints.unfixed.add(network.id);
    else container.endpoints.unfixed.delete(network.id);
    container.endpoints.set(network.id, address ?? (isUp(container) ? this.#model.freeAddress(network) : ''));
  }

  #tell(network: ContainerNetwork, containerOwner: string | undefined): void {
    this.#model.feed.emit(network.owner);
    this.#model.feed.emit(containerOwner);
  }
}

function overlap(one: string, other: string): boolean {
  const a = parseCIDR(one);
  const b = parseCIDR(other);
  return a !== undefined && b !== undefined && overlaps(a, b);
}
