import {
  AddressTaken,
  ContainerNotRunning,
  ImageUnavailable,
  MemoryInUse,
  NameTaken,
  NetworkMissing,
  ResourcesExceedHost,
} from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import { brief } from '../brief.ts';
import type { Container, ContainerSpec, EngineInfo, Resources } from '../containers.ts';
import { cpuWords, memoryWords, merged } from '../resources.ts';
import { ownerKeyOf } from '../kind-made.ts';
import { Endpoints } from './container-table.ts';
import { hasLabels, ownerOf, viewOf } from './model.ts';
import type { MemoryContainer, MemoryImage, Model } from './model.ts';

/** Its processes are there, be they frozen. */
export const isUp = ({ state }: MemoryContainer): boolean => state === 'running' || state === 'paused';

/** What a container goes through, from its creation to its removal. All at once: the gate sees to time. */
export class Lifecycle {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  list(labels: Readonly<Record<string, string>>): readonly Container[] {
    const owner = labels[Label.id] ?? '';
    const among = owner === '' ? [...this.#model.containers.values()] : this.#model.containers.ofOwner(owner);
    return among.filter((container) => hasLabels(container.labels, labels)).map(viewOf);
  }

  countRunning(labels: Readonly<Record<string, string>>): number {
    let count = 0;
    for (const container of this.#model.containers.values()) {
      if (container.state === 'running' && hasLabels(container.labels, labels)) count++;
    }
    return count;
  }

  findByOwner(owner: string): readonly Container[] {
    const labelled = this.list({ [Label.id]: owner });
    const itself = this.#model.containers.get(owner);
    return itself !== undefined && ownerKeyOf(itself) === owner ? [...labelled, viewOf(itself)] : labelled;
  }

  find(nameOrId: string): Container | undefined {
    const container = this.#model.findContainer(nameOrId);
    return container && viewOf(container);
  }

  create(spec: ContainerSpec, host: EngineInfo): Container {
    const holder = this.#model.findContainer(spec.name);
    if (holder !== undefined) {
      if (ownerOf(holder) === spec.owner) return viewOf(holder);
      throw new NameTaken({ what: 'container', name: spec.name, by: `container ${brief(holder.id)}` });
    }
    const network = this.#model.findNetwork(spec.network.id);
    if (network === undefined) throw new NetworkMissing({ network: brief(spec.network.id), container: spec.name });
    const image = this.#model.findImage(spec.image);
    if (image === undefined)
      throw new ImageUnavailable({ image: spec.image, answer: `No such image: ${spec.image}`, known: [] });
    requireCpus(spec.name, spec.resources ?? {}, host);
    const container = this.#made(spec, image);
    if (spec.network.address === undefined) container.endpoints.unfixed.add(network.id);
    container.endpoints.set(network.id, spec.network.address ?? '');
    this.#populateVolumes(container, image);
    this.#model.feed.emit(spec.owner);
    return viewOf(container);
  }

  update(id: string, resources: Resources, host: EngineInfo): void {
    const container = this.#model.findContainer(id);
    if (container === undefined) throw new ContainerNotRunning({ container: brief(id), state: 'it is gone' });
    requireCpus(container.name, resources, host);
    const { memoryBytes = Infinity } = resources;
    if (isUp(container) && container.memoryInUse > memoryBytes) {
      const answer = `it uses ${memoryWords(container.memoryInUse)}`;
      throw new MemoryInUse({ container: container.name, wanted: memoryWords(memoryBytes), answer });
    }
    container.resources = merged(container.resources, resources);
    this.#tell(container);
  }

  #made(spec: ContainerSpec, image: MemoryImage): MemoryContainer {
    const container: MemoryContainer = {
      id: this.#model.newId(),
      name: spec.name,
      hostname: spec.hostname,
      image: { reference: spec.image, id: image.id },
      labels: { ...image.labels, ...spec.labels, [Label.id]: spec.owner },
      volumes: spec.volumes,
      ports: spec.publishOnLoopback,
      environment: spec.environment,
      resources: spec.resources ?? {},
      memoryInUse: 0,
      endpoints: new Endpoints(),
      files: new Map(Object.entries(image.files)),
      units: new Map(),
      state: 'created',
      stateDetail: '',
      startedAt: '',
      publishedPorts: {},
      run: new AbortController(),
    };
    this.#model.containers.set(container.id, container);
    return container;
  }

  /** A volume that is not there is made; an empty one gets what the image has in its place. */
  #populateVolumes(container: MemoryContainer, image: MemoryImage): void {
    for (const { name, target } of container.volumes) {
      const { labels } = container;
      const volume = this.#model.volumes.get(name) ?? { name, owner: ownerOf(container), labels, files: new Map() };
      this.#model.volumes.set(name, volume);
      if (volume.files.size > 0) continue;
      for (const [path, content] of Object.entries(image.files))
        if (path.startsWith(`${target}/`)) volume.files.set(path.slice(target.length + 1), content);
    }
  }

  start(id: string): void {
    const container = this.#model.findContainer(id);
    if (container === undefined) throw new ContainerNotRunning({ container: brief(id), state: 'it is gone' });
    if (container.state === 'running') return;
    for (const [networkId, address] of container.endpoints) {
      const network = this.#model.networks.get(networkId);
      if (network === undefined) throw new NetworkMissing({ network: brief(networkId), container: container.name });
      if (address === '') continue;
      const holder = this.#model.holderOf(networkId, address);
      if (holder !== undefined)
        throw new AddressTaken({ address, network: network.name, by: `container ${holder.name}` });
    }
    this.run(container);
  }

  /** A new run: its init begins from nothing. */
  run(container: MemoryContainer): void {
    container.state = 'running';
    container.stateDetail = '';
    container.startedAt = new Date(this.#model.clock.now()).toISOString();
    container.run = new AbortController();
    for (const networkId of container.endpoints.unfixed) {
      const network = this.#model.networks.get(networkId);
      if (network !== undefined) container.endpoints.set(networkId, this.#model.freeAddress(network));
    }
    const ports = container.ports.map((port) => [port, this.#model.newPort()]);
    container.publishedPorts = Object.fromEntries(ports) as Record<number, number>;
    this.#tell(container);
  }

  stop(id: string): void {
    const container = this.#model.findContainer(id);
    if (container !== undefined && isUp(container)) this.exit(container, 0);
  }

  pause(id: string): void {
    const container = this.#model.findContainer(id);
    if (container?.state === 'paused') return;
    if (container?.state !== 'running') {
      const state = container === undefined ? 'it is gone' : container.stateDetail || container.state;
      throw new ContainerNotRunning({ container: container?.name ?? brief(id), state });
    }
    container.state = 'paused';
    this.#tell(container);
  }

  unpause(id: string): void {
    const container = this.#model.findContainer(id);
    if (container?.state !== 'paused') return;
    container.state = 'running';
    this.#tell(container);
  }

  /** The run ends, and with it all that ran inside. */
  exit(container: MemoryContainer, code: number): void {
    container.state = 'exited';
    container.stateDetail = `exited with code ${String(code)}`;
    container.publishedPorts = {};
    for (const networkId of container.endpoints.unfixed) container.endpoints.set(networkId, '');
    for (const { cancel } of container.units.values()) cancel();
    container.units.clear();
    container.run.abort(new ContainerNotRunning({ container: container.name, state: container.stateDetail }));
    this.#tell(container);
  }

  remove(id: string): void {
    const container = this.#model.findContainer(id);
    if (container === undefined) return;
    if (isUp(container)) this.exit(container, 137);
    this.#model.containers.delete(container.id);
    this.#model.feed.emit(ownerKeyOf(container));
  }

  /** Its owner hears of it, and those of its networks. */
  #tell(container: MemoryContainer): void {
    this.#model.feed.emit(ownerKeyOf(container));
    for (const network of container.endpoints.keys()) this.#model.feed.emit(this.#model.networks.get(network)?.owner);
  }
}

/** The engine refuses more CPUs than there are, and takes any amount of memory. */
function requireCpus(name: string, { millicpus = 0 }: Resources, { cpus }: EngineInfo): void {
  if (millicpus <= cpus * 1000) return;
  const wanted = cpuWords(millicpus);
  throw new ResourcesExceedHost({ what: `Container ${name}`, resource: 'cpu', wanted, has: String(cpus) });
}
