import { ClusterKind, type Cluster } from '../../crds/cluster.ts';
import { LoadBalancerKind, type LoadBalancer } from '../../crds/load-balancer.ts';
import { NetworkKind, type Network } from '../../crds/network.ts';
import { NodeKind, type Node } from '../../crds/node.ts';
import type { KubeClient, ResourceType } from '../../controllers/kube/client.ts';
import type { ClientsAs, Impersonation } from '../../controllers/kube/impersonation.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { KubeObject } from '../../controllers/runtime/object.ts';
import { clusterKey } from '../choice/objects.ts';
import { Follower } from './follow.ts';
import { Shared, type Lease } from './shared.ts';

/** Name of the index of Nodes, Networks and LoadBalancers by the Cluster that they are of: `namespace/name`. */
export const OF_CLUSTER = 'cluster';

export interface SourcesOptions {
  readonly management: ClientsAs;
  readonly clock: Clock;
  readonly log: Logger;
}

const LINGER_MS = 10_000;

/** The management cluster's objects as each caller may see them: one watch for all that the same caller looks at. */
export class CallerSources {
  readonly #options: SourcesOptions;
  readonly #followers: Shared<Follower<never>>;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#followers = new Shared(options.clock, LINGER_MS, (follower) => {
      follower.close();
    });
  }

  get size(): number {
    return this.#followers.size;
  }

  clusters(who: Impersonation, namespace: string | undefined): Lease<Follower<Cluster>> {
    return this.#lease<Cluster>(who, ClusterKind, namespace, (kube, scope) => this.#follower(kube, ClusterKind, scope));
  }

  nodes(who: Impersonation, namespace: string | undefined): Lease<Follower<Node>> {
    return this.#lease<Node>(who, NodeKind, namespace, (kube, scope) => this.#ofCluster<Node>(kube, NodeKind, scope));
  }

  networks(who: Impersonation, namespace: string | undefined): Lease<Follower<Network>> {
    return this.#lease<Network>(who, NetworkKind, namespace, (kube, scope) =>
      this.#ofCluster<Network>(kube, NetworkKind, scope),
    );
  }

  loadBalancers(who: Impersonation, namespace: string | undefined): Lease<Follower<LoadBalancer>> {
    return this.#lease<LoadBalancer>(who, LoadBalancerKind, namespace, (kube, scope) =>
      this.#ofCluster<LoadBalancer>(kube, LoadBalancerKind, scope),
    );
  }

  close(): void {
    this.#followers.close();
  }

  #follower<T extends KubeObject>(kube: KubeClient, type: ResourceType<T>, scope: Scope): Follower<T> {
    const { clock, log } = this.#options;
    return new Follower<T>({ kube, type, scope, clock, log });
  }

  #ofCluster<T extends Node | Network | LoadBalancer>(
    kube: KubeClient,
    type: ResourceType<T>,
    scope: Scope,
  ): Follower<T> {
    const { clock, log } = this.#options;
    return new Follower<T>({ kube, type, scope, clock, log, indexes: { [OF_CLUSTER]: (of) => [clusterKey(of)] } });
  }

  /** One that was refused is of no use to anybody, whatever it still has. */
  #lease<T extends KubeObject>(
    who: Impersonation,
    { plural }: ResourceType<T>,
    namespace: string | undefined,
    make: (kube: KubeClient, scope: Scope) => Follower<T>,
  ): Lease<Follower<T>> {
    const key = JSON.stringify([who.user, [...who.groups].sort(), plural, namespace]);
    const lease = this.#followers.lease(key, () => {
      const follower = make(this.#options.management.as(who), namespace === undefined ? {} : { namespace });
      follower.onRefusal(() => {
        this.#followers.discard(key, follower as unknown as Follower<never>);
      });
      return follower as unknown as Follower<never>;
    });
    return lease as unknown as Lease<Follower<T>>;
  }
}

type Scope = { readonly namespace?: string };
