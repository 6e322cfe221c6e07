import { ownerOf } from './model.ts';
import type { MemoryContainer } from './model.ts';

/** Address of a container by the id of the network, which may be gone; '' while it has none. */
export class Endpoints extends Map<string, string> {
  /** The networks in which the engine picks an address at each start. */
  readonly unfixed = new Set<string>();
  #onChange: (address: string, isThere: boolean) => void = () => undefined;

  constructor(entries: Iterable<readonly [string, string]> = []) {
    // Not given to Map, whose constructor would call `set` before there is anything of ours.
    super();
    for (const [network, address] of entries) this.set(network, address);
  }

  /** Calls `onChange` for each address that is there, comes, or goes. */
  follow(onChange: (address: string, isThere: boolean) => void): void {
    this.#onChange = onChange;
    for (const address of this.values()) onChange(address, true);
  }

  override set(network: string, address: string): this {
    this.delete(network);
    super.set(network, address);
    this.#onChange(address, true);
    return this;
  }

  override delete(network: string): boolean {
    const address = this.get(network);
    const isDeleted = super.delete(network);
    // The same address may be held in another network as well.
    if (address !== undefined && ![...this.values()].includes(address)) this.#onChange(address, false);
    return isDeleted;
  }
}

/** Containers by id; and by name, owner and address, so that one is found among thousands as fast as among three. */
export class ContainerTable extends Map<string, MemoryContainer> {
  readonly #byName = new Map<string, Set<MemoryContainer>>();
  readonly #byOwner = new Map<string, Set<MemoryContainer>>();
  readonly #byAddress = new Map<string, Set<MemoryContainer>>();

  override set(id: string, container: MemoryContainer): this {
    super.set(id, container);
    link(this.#byName, container.name, container);
    link(this.#byOwner, ownerOf(container) ?? '', container);
    container.endpoints.follow((address, isThere) => {
      (isThere ? link : unlink)(this.#byAddress, address, container);
    });
    return this;
  }

  override delete(id: string): boolean {
    const container = this.get(id);
    if (container === undefined) return false;
    unlink(this.#byName, container.name, container);
    unlink(this.#byOwner, ownerOf(container) ?? '', container);
    for (const address of container.endpoints.values()) unlink(this.#byAddress, address, container);
    container.endpoints.follow(() => undefined);
    return super.delete(id);
  }

  named(name: string): MemoryContainer | undefined {
    return this.#byName.get(name)?.values().next().value;
  }

  ofOwner(owner: string): readonly MemoryContainer[] {
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  /** Those that have it in some network, running or not. */
  at(address: string): readonly MemoryContainer[] {
    return [...(this.#byAddress.get(address) ?? [])];
  }
}

function link<T>(index: Map<string, Set<T>>, key: string, item: T): void {
  const items = index.get(key);
  if (items === undefined) index.set(key, new Set([item]));
  else items.add(item);
}

function unlink<T>(index: Map<string, Set<T>>, key: string, item: T): void {
  const items = index.get(key);
  items?.delete(item);
  if (items?.size === 0) index.delete(key);
}
