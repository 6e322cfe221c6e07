import { Label } from '../../../crds/names.ts';
import type { Container, ContainerNetwork, Containers, EngineInfo, Image, Volume } from '../containers.ts';
import { Endpoints } from './container-table.ts';
import { Gate } from './gate.ts';
import type { GateOptions } from './gate.ts';
import { MemoryImages } from './images.ts';
import type { RegistryEntry } from './images.ts';
import { Inside } from './inside.ts';
import type { InsideOptions } from './inside.ts';
import { isUp, Lifecycle } from './lifecycle.ts';
import { Model, ownerOf, viewOf } from './model.ts';
import type { MemoryContainer, MemoryImage } from './model.ts';
import { MemoryNetworks } from './networks.ts';
import { MemoryVolumes } from './volumes.ts';

export type { UnitBehaviour } from './inside.ts';

export interface MemoryEngineOptions extends GateOptions, InsideOptions {
  readonly info?: Partial<EngineInfo>;
}

export interface ImageContent {
  readonly labels?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  /** Content by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface EngineContent {
  readonly containers: readonly Container[];
  readonly networks: readonly ContainerNetwork[];
  readonly volumes: readonly Volume[];
}

export interface ForeignContainer {
  /** By the name of the network. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Names of the networks in which the engine picks its address. */
  readonly networks?: readonly string[];
  readonly image?: string;
  /** In its own layer: they go with it. Content by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly volumes?: readonly { readonly name: string; readonly target: string; readonly readOnly?: boolean }[];
}

/**
 * A container engine in memory: for tests that need its behaviour, failures included, and not its work. What its own
 * methods do happens outside the operator: somebody else's hands, the host, or time.
 */
export class MemoryEngine {
  readonly #model: Model;
  readonly #gate: Gate;
  readonly #lifecycle: Lifecycle;
  readonly #networks: MemoryNetworks;
  readonly #options: MemoryEngineOptions;
  readonly #registry = new Map<string, RegistryEntry>();

  constructor(options: MemoryEngineOptions) {
    this.#options = options;
    this.#model = new Model(options.clock);
    this.#gate = new Gate(options);
    this.#lifecycle = new Lifecycle(this.#model);
    this.#networks = new MemoryNetworks(this.#model, this.#gate);
  }

  /** The engine as its clients see it. */
  containers(): Containers {
    const gate = this.#gate;
    const lifecycle = this.#lifecycle;
    const inside = new Inside(this.#model, gate, this.#options);
    return {
      engine: { info: (signal) => gate.call('engine.info', [], signal, () => this.#info()) },
      images: new MemoryImages(this.#model, gate, this.#registry),
      networks: this.#networks,
      volumes: new MemoryVolumes(this.#model, gate),

      findByOwner: (owner, signal) => gate.call('findByOwner', [owner], signal, () => lifecycle.findByOwner(owner)),
      list: (labels, signal) => gate.call('list', [], signal, () => lifecycle.list(labels)),
      countRunning: (labels, signal) => gate.call('countRunning', [], signal, () => lifecycle.countRunning(labels)),
      find: (nameOrId, signal) => gate.call('find', [nameOrId], signal, () => lifecycle.find(nameOrId)),
      create: (spec, signal) =>
        gate.call('create', [spec.name, spec], signal, () => lifecycle.create(spec, this.#info())),
      start: (id, signal) =>
        gate.call('start', [id], signal, () => {
          lifecycle.start(id);
        }),
      stop: (id, graceSeconds, signal) =>
        gate.call('stop', [id, graceSeconds], signal, () => {
          lifecycle.stop(id);
        }),
      pause: (id, signal) =>
        gate.call('pause', [id], signal, () => {
          lifecycle.pause(id);
        }),
      unpause: (id, signal) =>
        gate.call('unpause', [id], signal, () => {
          lifecycle.unpause(id);
        }),
      update: (id, resources, signal) =>
        gate.call('update', [id, resources], signal, () => {
          lifecycle.update(id, resources, this.#info());
        }),
      remove: (id, signal) =>
        gate.call('remove', [id], signal, () => {
          lifecycle.remove(id);
        }),

      exec: (id, command, signal) => gate.call('exec', [id, command], signal, () => inside.exec(id, command, signal)),
      startUnit: (id, unit, signal) =>
        gate.call('startUnit', [id, unit.name, unit], signal, () => inside.startUnit(id, unit, signal)),
      unitState: (id, name, signal) => gate.call('unitState', [id, name], signal, () => inside.unitState(id, name)),
      waitForUnit: (id, name, signal) =>
        gate.call('waitForUnit', [id, name], signal, () => inside.waitForUnit(id, name, signal)),
      readFile: (id, path, signal) => gate.call('readFile', [id, path], signal, () => inside.readFile(id, path)),
      writeFiles: (id, files, signal) =>
        gate.call('writeFiles', [id, files], signal, () => {
          inside.writeFiles(id, files);
        }),

      changes: (signal) => this.#changes(signal),
    };
  }

  async *#changes(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    signal.throwIfAborted();
    await this.#gate.enter('changes', [], signal);
    yield* this.#model.feed.listen(AbortSignal.any([signal, this.#gate.session]));
    signal.throwIfAborted();
  }

  #info(): EngineInfo {
    const defaults: EngineInfo = {
      version: '28.0.0',
      apiVersion: '1.48',
      cgroupVersion: 2,
      memoryBytes: 2 ** 34,
      cpus: 4,
    };
    return { ...defaults, ...this.#options.info };
  }

  /** Every call so far, as `method` and its plain arguments: `start 0123…`. */
  get calls(): readonly string[] {
    return this.#gate.calls;
  }

  /** What is there now, looked at from beside the engine: no call, and no failure. */
  look(): EngineContent {
    return {
      containers: [...this.#model.containers.values()].map(viewOf),
      networks: [...this.#model.networks.values()],
      volumes: [...this.#model.volumes.values()].map(({ name, owner, labels }) => ({ name, owner, labels })),
    };
  }

  /** The container that has an address now: running, or frozen. */
  standsAt(address: string): Container | undefined {
    const found = this.#model.containers.at(address).find(isUp);
    return found && viewOf(found);
  }

  /** A file of a container, running or not, read from beside the engine. */
  file(name: string, path: string): string | undefined {
    const { files, at } = this.#model.placeOf(this.#container(name), path);
    return files.get(at);
  }

  /** What somebody in a container removes, running or not. */
  removeFile(name: string, path: string): void {
    const { files, at } = this.#model.placeOf(this.#container(name), path);
    files.delete(at);
  }

  /** Somebody, or something inside, writes a file of a container. */
  overwrite(name: string, path: string, content: string): void {
    this.#model.write(this.#container(name), { path, content, mode: 0o600 });
  }

  /** Loads an image into the engine. */
  addImage(reference: string, content: ImageContent = {}): Image {
    const image = this.#image(reference, content);
    this.#model.images.set(image.id, image);
    return image;
  }

  /** What the registry answers when `reference` is pulled; without a word, that it does not know it. */
  publishImage(reference: string, content: ImageContent & { durationMs?: number } = {}): void {
    const { durationMs } = content;
    this.#registry.set(reference, {
      image: this.#image(reference, content),
      ...(durationMs !== undefined && { durationMs }),
    });
  }

  refusePull(reference: string, answer: string): void {
    this.#registry.set(reference, { answer });
  }

  #image(reference: string, { labels = {}, entrypoint = [], files = {} }: ImageContent): MemoryImage {
    return { id: `sha256:${this.#model.newId()}`, tags: [reference], labels, entrypoint, files };
  }

  /** `docker kill`: it stays down until somebody starts it. */
  kill(name: string): void {
    this.#lifecycle.exit(this.#container(name), 137);
  }

  /** Its init ends by itself, and the engine starts it again at once. */
  crash(name: string): void {
    const container = this.#container(name);
    this.#lifecycle.exit(container, 1);
    this.#lifecycle.run(container);
  }

  /** `docker stop`, by somebody else. */
  stop(name: string): void {
    this.#lifecycle.stop(this.#container(name).id);
  }

  /** `docker pause`, by somebody else. */
  pause(name: string): void {
    this.#lifecycle.pause(this.#container(name).id);
  }

  /** `docker rename`. */
  rename(name: string, to: string): void {
    const container = this.#container(name);
    this.#model.containers.delete(container.id);
    this.#model.containers.set(container.id, { ...container, name: to });
    this.#model.feed.emit(ownerOf(container));
  }

  /** What runs in a container needs so much memory from now on. */
  useMemory(name: string, bytes: number): void {
    this.#container(name).memoryInUse = bytes;
  }

  /** `docker rm -f`. */
  removeBehindOurBack(name: string): void {
    this.#lifecycle.remove(this.#container(name).id);
  }

  /** `docker network disconnect`. */
  disconnect(network: string, container: string): void {
    this.#networks.detach(this.#networkId(network), this.#container(container));
  }

  /** `docker network rm`, after everything was disconnected that was in its way. */
  removeNetwork(name: string): void {
    const id = this.#networkId(name);
    for (const container of this.#model.containers.values()) {
      if (isUp(container) && container.endpoints.has(id)) this.#networks.detach(id, container);
    }
    this.#networks.drop(id);
  }

  /** Everything that ran is started anew, without what was stopped on purpose; all connections break. */
  restartEngine(): void {
    this.#gate.interrupt(false);
    for (const container of this.#model.containers.values()) {
      if (container.state !== 'running') continue;
      this.#lifecycle.exit(container, 0);
      this.#lifecycle.run(container);
    }
  }

  /** Nobody answers; containers run on. */
  unavailable(isAway: boolean): void {
    this.#gate.interrupt(isAway);
  }

  /** A network that is not ours. */
  foreignNetwork(name: string, subnet: string, labels: Readonly<Record<string, string>> = {}): ContainerNetwork {
    return this.#networks.add({ name, subnet, labels });
  }

  /** A running container that is not ours. */
  foreignContainer(name: string, more: ForeignContainer = {}): Container {
    const { addresses = {}, networks = [], volumes = [], labels = {}, image = 'busybox', files = {} } = more;
    const container: MemoryContainer = {
      ...{ id: this.#model.newId(), name, hostname: name, image: { reference: image, id: 'sha256:0' } },
      ...{ labels, volumes, ports: [], environment: {}, files: new Map(Object.entries(files)), units: new Map() },
      ...{ resources: {}, memoryInUse: 0 },
      ...{ state: 'created', stateDetail: '', startedAt: '', publishedPorts: {} },
      endpoints: new Endpoints(
        Object.entries(addresses).map(([network, address]) => [this.#networkId(network), address]),
      ),
      run: new AbortController(),
    };
    this.#model.containers.set(container.id, container);
    for (const network of networks) container.endpoints.unfixed.add(this.#networkId(network));
    this.#lifecycle.run(container);
    return viewOf(container);
  }

  /** A volume that is not ours. */
  foreignVolume(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#model.volumes.set(name, { name, owner: labels[Label.id], labels, files: new Map() });
  }

  #networkId(name: string): string {
    const network = this.#model.findNetwork(name);
    if (network === undefined) throw new Error(`The test names network ${name}, and there is none`);
    return network.id;
  }

  #container(name: string): MemoryContainer {
    const container = this.#model.findContainer(name);
    if (container === undefined) throw new Error(`The test names container ${name}, and there is none`);
    return container;
  }
}
