import { isDeepStrictEqual } from 'node:util';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { Desired } from '../../controllers/backends/dataplane.ts';
import { serviceKey } from '../../controllers/backends/dataplane.ts';
import type { MemoryDataplaneOptions } from '../../controllers/backends/memory/dataplane.ts';
import { keysOf } from '../../controllers/loadbalancer/traffic.ts';
import type { ObjectKey, Stored } from '../../controllers/runtime/object.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { mayShare } from './balancing-faults.ts';
import { named } from './deeds/turn.ts';

type Balancer = Stored<LoadBalancer>;

/** Longer than a cache may lag behind, in the worst weather. */
const SETTLED_MS = 60_000;

/**
 * Writes down what may never happen to load balancers, not even for a moment: an address that is given to two, one that moves
 * unasked, and rules that are right and are taken from the host.
 */
export class BalancingWitness {
  readonly #accuse: (what: string) => void;
  readonly #known = new Map<string, { readonly claims: unknown; readonly sinceMs: number }>();
  #before: Balancer | undefined;
  #onHost: Desired = { addresses: [], services: [] };
  #sim: Simulation | undefined;

  constructor(accuse: (what: string) => void) {
    this.#accuse = accuse;
  }

  /** Hooks for the dataplane. */
  readonly dataplane: Pick<MemoryDataplaneOptions, 'onCall' | 'onReturn'> = {
    onCall: () => {
      this.#onHost = this.#sim?.dataplane.state ?? this.#onHost;
      return undefined;
    },
    onReturn: (method) => {
      if (method === 'apply') this.#checkHost();
      return undefined;
    },
  };

  attend(sim: Simulation): void {
    this.#sim = sim;
  }

  beforeRequest(key: ObjectKey): void {
    this.#before = this.#sim?.api.peek(LoadBalancerKind, key);
  }

  afterRequest(key: ObjectKey, user: string): void {
    const after = this.#sim?.api.peek(LoadBalancerKind, key);
    if (after === undefined || this.#sim === undefined) return;
    const { uid } = after.metadata;
    const claims = claimsOf(after);
    if (!isDeepStrictEqual(this.#known.get(uid)?.claims, claims))
      this.#known.set(uid, { claims, sinceMs: this.#sim.clock.monotonic() });
    if (user !== 'user' && this.#before?.metadata.uid === uid) this.#checkAddress(this.#before, after);
  }

  #checkAddress(before: Balancer, after: Balancer): void {
    const { address } = after.status ?? {};
    const had = before.status?.address;
    // What was decided by words that are others now, the next look puts right.
    const isOfNow = after.status?.observedGeneration === after.metadata.generation;
    if (address === undefined || address === had || !isOfNow) return;
    const others = (this.#sim?.api.peekAll(LoadBalancerKind) ?? []).filter(
      ({ metadata }) => metadata.uid !== after.metadata.uid,
    );
    const holder = others.find(({ status }) => status?.address === address);
    if (holder !== undefined && !mayShare(holder, after))
      this.#accuse(`${address} of LoadBalancer ${named(holder)} was given to ${named(after)}`);
    const isFreeToMove = after.spec.address !== undefined || after.spec.pool !== undefined;
    const isShared = others.some(({ status }) => status?.address === had);
    if (had !== undefined && !isFreeToMove && !isShared)
      this.#accuse(`LoadBalancer ${named(after)} moved from ${had} to ${address}`);
  }

  /** What has gone from the host was nobody's any more. */
  #checkHost(): void {
    if (this.#sim === undefined) return;
    const { api, clock, dataplane } = this.#sim;
    const left = new Set(dataplane.state.services.map(serviceKey));
    const gone = this.#onHost.services.filter((service) => !left.has(serviceKey(service)));
    if (gone.length === 0) return;
    for (const balancer of api.peekAll(LoadBalancerKind)) {
      const { uid, deletionTimestamp } = balancer.metadata;
      const sinceMs = this.#known.get(uid)?.sinceMs ?? Infinity;
      if (deletionTimestamp !== undefined || clock.monotonic() - sinceMs < SETTLED_MS) continue;
      const own = new Set(activeKeys(balancer));
      for (const service of gone.filter(({ owner }) => owner === uid)) {
        const key = serviceKey(service);
        if (own.has(key)) this.#accuse(`${key} of LoadBalancer ${named(balancer)} was taken from the host`);
      }
    }
  }
}

const claimsOf = ({ metadata, status }: LoadBalancer): unknown => [
  metadata.generation,
  metadata.deletionTimestamp,
  status?.address,
  status?.interface,
  status?.rules?.map(({ protocol, port, endPort, state }) => [protocol, port, endPort, state]),
];

const activeKeys = ({ status }: LoadBalancer): readonly string[] =>
  (status?.rules ?? [])
    .filter(({ state }) => state === 'Active')
    .flatMap((rule) => keysOf(rule, status?.address ?? ''));
