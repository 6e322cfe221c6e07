import { isDeepStrictEqual } from 'node:util';
import { FINALIZER, Label } from '../../crds/names.ts';
import type { Container } from '../../controllers/backends/containers.ts';
import type { MemoryEngineOptions } from '../../controllers/backends/memory/engine.ts';
import { idOf, isOwnedBy } from '../../controllers/identity.ts';
import type { ResourceType } from '../../controllers/kube/client.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import type { FaultHook } from '../../controllers/kube/memory.ts';
import { keyString } from '../../controllers/runtime/object.ts';
import type { KubeObject, ObjectKey, Stored } from '../../controllers/runtime/object.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { BalancingWitness } from './balancing-witness.ts';

const INSTANCE = 'qbo';
export const MANAGEMENT = 'qbo-management';

type Labelled = Readonly<Record<'labels', Readonly<Record<string, string>>>>;

/** Made by this installation of the operator. */
export const isOurs = ({ labels }: Labelled): boolean => Label.id in labels && labels[Label.instance] === INSTANCE;

/** In a whole history. Measured: 1,500 on average. */
const MOST_CALLS = 40_000;

const CONTAINER_WRITES = ['start', 'stop', 'pause', 'unpause', 'remove', 'exec', 'startUnit', 'writeFiles', 'update'];

/**
 * Stands beside the engine and the API server at every call of the operator, and writes down what may never happen, not
 * even for a moment: two containers of one node, a hand on what is not ours, an address that moved, a user's words that
 * were changed, an object that went before what was made for it.
 */
export class Witness {
  readonly #seen = new Set<string>();
  /** The first address of each node that ran, by its id. */
  readonly #addresses = new Map<string, string>();
  readonly #before = new Map<string, Stored<KubeObject> | undefined>();
  /** Stands beside the host's rules. */
  readonly balancing = new BalancingWitness((what) => {
    this.#accuse(what);
  });
  #calls = 0;
  #sim: Simulation | undefined;

  /** Counts a call of the operator; one that makes far too many runs in circles, and is ended. */
  count(): void {
    this.#calls += 1;
    if (this.#calls !== MOST_CALLS) return;
    this.#accuse(`the operator made ${String(MOST_CALLS)} calls`);
  }

  get calls(): number {
    return this.#calls;
  }

  /** What was seen that may not be. */
  get violations(): readonly string[] {
    return [...this.#seen];
  }

  /** Hooks for the engine, which is made before the simulation that it belongs to. */
  readonly engine: Pick<MemoryEngineOptions, 'onCall' | 'onReturn'> = {
    onCall: (method, args) => {
      this.#beforeEngine(method, args.map(String));
      return undefined;
    },
    onReturn: (method, args) => {
      this.#afterEngine(method, String(args[0]));
      return undefined;
    },
  };

  attend(sim: Simulation): void {
    this.#sim = sim;
    this.balancing.attend(sim);
    sim.api.onRequest = this.#beforeRequest;
    sim.api.onResponse = this.#afterRequest;
  }

  #accuse(what: string): void {
    const at = ((this.#sim?.clock.monotonic() ?? 0) / 1000).toFixed(1);
    this.#seen.add(`${what} (${at} s)`);
    // It has failed, and what fails may run in circles.
    this.#sim?.life.end();
  }

  #container(nameOrId: string): Container | undefined {
    return this.#sim?.engine.look().containers.find(({ id, name }) => id === nameOrId || name === nameOrId);
  }

  #beforeEngine(method: string, args: readonly string[]): void {
    const { networks, volumes } = this.#sim?.engine.look() ?? { networks: [], volumes: [] };
    const [first = '', second = ''] = args;
    const accuse = (thing: (Labelled & { readonly name: string }) | undefined): void => {
      if (thing !== undefined && !isOurs(thing)) this.#accuse(`${method} of ${thing.name}, which is not ours`);
    };
    if (CONTAINER_WRITES.includes(method)) accuse(this.#container(first));
    if (method === 'volumes.remove') accuse(volumes.find(({ name }) => name === first));
    if (['networks.remove', 'networks.connect', 'networks.disconnect'].includes(method)) {
      accuse(networks.find(({ id }) => id === first));
    }
    if (method === 'networks.connect' || method === 'networks.disconnect') {
      const container = this.#container(second);
      // It is lent to us: it joins the networks of clusters.
      if (container?.name !== MANAGEMENT) accuse(container);
    }
  }

  #afterEngine(method: string, first: string): void {
    if (method === 'create') this.#countContainers();
    if (method === 'start') this.#checkAddress(this.#container(first));
  }

  #countContainers(): void {
    const owners = new Set<string>();
    for (const { owner, name } of this.#sim?.engine.look().containers ?? []) {
      if (owner === undefined) continue;
      if (owners.has(owner)) this.#accuse(`two containers of one node, the second is ${name}`);
      owners.add(owner);
    }
  }

  #checkAddress(container: Container | undefined): void {
    if (container?.owner === undefined) return;
    const [address] = Object.values(container.addresses);
    if (address === undefined) return;
    const first = this.#addresses.get(container.owner) ?? address;
    this.#addresses.set(container.owner, first);
    if (first !== address) this.#accuse(`${container.name} moved from ${first} to ${address}`);
  }

  #beforeRequest: FaultHook = (verb, type, key, user) => {
    if (isOfBalancer(verb, type)) this.balancing.beforeRequest(key);
    if (isWatched(verb, type, user)) this.#before.set(slot(type, key, user), this.#sim?.api.peek(type, key));
    return undefined;
  };

  #afterRequest: FaultHook = (verb, type, key, user) => {
    if (isOfBalancer(verb, type)) this.balancing.afterRequest(key, user);
    if (!isWatched(verb, type, user)) return undefined;
    const before = this.#before.get(slot(type, key, user));
    if (before === undefined) return undefined;
    const after = this.#sim?.api.peek(type, key);
    if (after?.metadata.uid === before.metadata.uid) this.#checkWords(before, after);
    else this.#checkGone(before);
    return undefined;
  };

  #checkWords(before: Stored<KubeObject>, after: Stored<KubeObject>): void {
    const { kind, metadata } = after;
    const wordsOf = (object: Stored<KubeObject> & { readonly spec?: unknown }): unknown => [
      object.spec,
      object.metadata.annotations,
      // Of its own children, the operator repairs the labels.
      kind === 'Cluster' ? object.metadata.labels : undefined,
    ];
    if (!isDeepStrictEqual(wordsOf(before), wordsOf(after))) {
      this.#accuse(`the operator wrote what a user says of ${kind} ${metadata.name}`);
    }
    const isLeaving = before.metadata.deletionTimestamp !== undefined;
    const lostFinalizer =
      before.metadata.finalizers?.includes(FINALIZER) === true &&
      after.metadata.finalizers?.includes(FINALIZER) !== true;
    if (isLeaving && lostFinalizer) this.#checkGone(before);
    if (!isLeaving && lostFinalizer) this.#accuse(`the operator let go of ${kind} ${metadata.name}, which stays`);
  }

  /** Nobody looks after what was made for an object when that is gone. */
  #checkGone(object: Stored<KubeObject>): void {
    const { kind, metadata } = object;
    const left = kind === 'Cluster' ? this.#childrenOf(object) : this.#madeFor(idOf(object));
    for (const name of left) this.#accuse(`${kind} ${metadata.name} went before ${name}`);
  }

  #madeFor(id: string): string[] {
    const { containers, networks, volumes } = this.#sim!.engine.look();
    return [...containers, ...networks, ...volumes].filter(({ owner }) => owner === id).map(({ name }) => name);
  }

  #childrenOf(cluster: Stored<KubeObject>): string[] {
    const { api } = this.#sim!;
    const children = [...api.peekAll(NodeKind), ...api.peekAll(NetworkKind), ...api.peekAll(SecretType)];
    return children
      .filter((child) => isOwnedBy(child, cluster))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  }
}

const READS = ['get', 'list', 'watch'];

const isWatched = (verb: string, { kind }: ResourceType<KubeObject>, user: string): boolean =>
  user !== 'user' && !READS.includes(verb) && ['Cluster', 'Node', 'Network'].includes(kind);

const isOfBalancer = (verb: string, { kind }: ResourceType<KubeObject>): boolean =>
  kind === 'LoadBalancer' && !READS.includes(verb);

const slot = ({ kind }: ResourceType<KubeObject>, key: ObjectKey, user: string): string =>
  `${kind} ${keyString(key)} ${user}`;
