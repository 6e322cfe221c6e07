import { createHash } from 'node:crypto';
import { formatAddress, networkOf, parseCIDR } from '../../../crds/cidr.ts';
import { Label } from '../../../crds/names.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Container, ContainerNetwork, FileContent, Image, Resources, UnitState, Volume } from '../containers.ts';
import { ContainerTable } from './container-table.ts';
import type { Endpoints } from './container-table.ts';
import { Feed } from './feed.ts';

/** What the engine in memory knows. Methods that belong to the engine itself, not to one of its callers. */
export class Model {
  readonly clock: Clock;
  readonly feed = new Feed();
  readonly images = new Map<string, MemoryImage>();
  readonly networks = new Map<string, ContainerNetwork>();
  readonly volumes = new Map<string, MemoryVolume>();
  readonly containers = new ContainerTable();
  #made = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** 64 hex digits that no other object has; the same in every run of a test. */
  newId(): string {
    return createHash('sha256')
      .update(`object ${String(++this.#made)}`)
      .digest('hex');
  }

  newPort(): number {
    return 32_768 + (++this.#made % 28_000);
  }

  findImage(reference: string): MemoryImage | undefined {
    return [...this.images.values()].find(({ id, tags }) => id === reference || tags.includes(reference));
  }

  findContainer(nameOrId: string): MemoryContainer | undefined {
    return this.containers.get(nameOrId) ?? this.containers.named(nameOrId);
  }

  findNetwork(nameOrId: string): ContainerNetwork | undefined {
    return this.networks.get(nameOrId) ?? [...this.networks.values()].find(({ name }) => name === nameOrId);
  }

  /** The running container that has an address in a network. */
  holderOf(networkId: string, address: string): MemoryContainer | undefined {
    return this.containers
      .at(address)
      .find(({ state, endpoints }) => state === 'running' && endpoints.get(networkId) === address);
  }

  /** The first address of a network that no container has. */
  freeAddress(network: ContainerNetwork): string {
    const [range] = network.subnets.flatMap((subnet) => parseCIDR(subnet) ?? []);
    if (range === undefined) throw new Error(`Network ${network.name} has no IPv4 subnet`);
    const taken = new Set([...this.containers.values()].map(({ endpoints }) => endpoints.get(network.id)));
    let address = networkOf(range).address + 2;
    while (taken.has(formatAddress(address))) address++;
    return formatAddress(address);
  }

  /** Where a file of a container lives: in one of its volumes, or in its own layer. */
  placeOf(container: MemoryContainer, path: string): { files: Files; at: string } {
    // A plain loop: this is asked for every file of thousands of containers.
    let mounted: MemoryContainer['volumes'][number] | undefined;
    for (const each of container.volumes) {
      const isCloser = each.target.length > (mounted?.target.length ?? -1);
      if (isCloser && path.startsWith(each.target) && path[each.target.length] === '/') mounted = each;
    }
    const volume = mounted && this.volumes.get(mounted.name);
    return mounted === undefined || volume === undefined
      ? { files: container.files, at: path }
      : { files: volume.files, at: path.slice(mounted.target.length + 1) };
  }

  write(container: MemoryContainer, file: FileContent): void {
    const { files, at } = this.placeOf(container, file.path);
    files.set(at, file.content);
  }
}

/** Content by path. */
export type Files = Map<string, string>;

export interface MemoryImage extends Image {
  readonly files: Readonly<Record<string, string>>;
}

export interface MemoryVolume extends Volume {
  readonly files: Files;
}

export interface MemoryContainer {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly image: Container['image'];
  readonly labels: Readonly<Record<string, string>>;
  readonly volumes: readonly { readonly name: string; readonly target: string; readonly readOnly?: boolean }[];
  readonly ports: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  resources: Resources;
  /** What its processes need, and can not give back. */
  memoryInUse: number;
  readonly endpoints: Endpoints;
  readonly files: Files;
  readonly units: Map<string, MemoryUnit>;
  state: Container['state'];
  stateDetail: string;
  startedAt: string;
  publishedPorts: Readonly<Record<number, number>>;
  /** Aborted when the container stops; a new one for each run. */
  run: AbortController;
}

export interface MemoryUnit {
  state: UnitState;
  readonly ended: Promise<void>;
  readonly cancel: () => void;
}

export const ownerOf = ({ labels }: { labels: Readonly<Record<string, string>> }): string | undefined =>
  labels[Label.id];

export function viewOf(container: MemoryContainer): Container {
  const { id, name, hostname, image, state, stateDetail, startedAt, labels, publishedPorts } = container;
  return {
    ...{ id, name, hostname, image, state, stateDetail, startedAt, publishedPorts },
    owner: ownerOf(container),
    networks: [...container.endpoints.keys()],
    labels: { ...labels },
    resources: container.resources,
    addresses: Object.fromEntries([...container.endpoints].filter(([, address]) => address !== '')),
  };
}

/** An empty value asks only that the label exists. */
export const hasLabels = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([name, value]) => (value === '' ? name in labels : labels[name] === value));
