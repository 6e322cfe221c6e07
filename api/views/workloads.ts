import { createHash } from 'node:crypto';
import type { KubeClient } from '../../controllers/kube/client.ts';
import { PodType, ServiceType, type Pod, type Service } from '../../controllers/kube/kinds.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import { Follower } from './follow.ts';
import { Shared, type Lease } from './shared.ts';
import { slimPod, slimService } from './slim.ts';

export interface WorkloadsOptions {
  /** A client of the cluster that a kubeconfig leads to. Throws when it can not be read. */
  readonly connect: (kubeconfig: string) => KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A console that is loaded anew comes back within seconds. */
const LINGER_MS = 30_000;

/**
 * Connections to the clusters themselves: one for all who have the same kubeconfig in their hands, and one watch of its pods and one
 * of its services. Closed when nobody has used them for half a minute. Who may have the kubeconfig is not asked here.
 */
export class Workloads {
  readonly #options: WorkloadsOptions;
  readonly #clients: Shared<KubeClient>;
  readonly #pods: Shared<Follower<Pod>>;
  readonly #services: Shared<Follower<Service>>;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
    const { clock } = options;
    this.#clients = new Shared<KubeClient>(clock, LINGER_MS, (client) => {
      client.close();
    });
    this.#pods = new Shared<Follower<Pod>>(clock, LINGER_MS, closeFollower);
    this.#services = new Shared<Follower<Service>>(clock, LINGER_MS, closeFollower);
  }

  /** What is open now: for tests and metrics. */
  get size(): number {
    return this.#clients.size + this.#pods.size + this.#services.size;
  }

  client(kubeconfig: string): Lease<KubeClient> {
    return this.#clients.lease(keyOf(kubeconfig), () => this.#options.connect(kubeconfig));
  }

  pods(kubeconfig: string): Lease<Follower<Pod>> {
    const { clock, log } = this.#options;
    return this.#follow(
      this.#pods,
      kubeconfig,
      (kube) => new Follower({ kube, type: PodType, scope: {}, clock, log, slim: slimPod, indexes: BY_NODE }),
    );
  }

  services(kubeconfig: string): Lease<Follower<Service>> {
    const { clock, log } = this.#options;
    return this.#follow(
      this.#services,
      kubeconfig,
      (kube) => new Follower({ kube, type: ServiceType, scope: {}, clock, log, slim: slimService }),
    );
  }

  close(): void {
    this.#pods.close();
    this.#services.close();
    this.#clients.close();
  }

  #follow<F>(followers: Shared<F>, kubeconfig: string, make: (kube: KubeClient) => F): Lease<F> {
    const client = this.client(kubeconfig);
    const follower = followers.lease(keyOf(kubeconfig), () => make(client.value));
    return {
      value: follower.value,
      release: () => {
        follower.release();
        client.release();
      },
    };
  }
}

/** Name of the index of pods by the node that they are on. */
export const ON_NODE = 'node';
const BY_NODE = { [ON_NODE]: ({ spec }: Pod) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) };

const closeFollower = (follower: { close: () => void }): void => {
  follower.close();
};

/** By hash: a map of secrets would be one more place to find them in. */
const keyOf = (kubeconfig: string): string => createHash('sha256').update(kubeconfig).digest('base64');
