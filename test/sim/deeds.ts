import { ClusterKind } from '../../crds/cluster.ts';
import { Annotation, Label } from '../../crds/names.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import type { Container } from '../../controllers/backends/containers.ts';
import type { ResourceType } from '../../controllers/kube/client.ts';
import { KubeNodeType, SecretType } from '../../controllers/kube/kinds.ts';
import type { KubeObject, Stored } from '../../controllers/runtime/object.ts';
import { cluster, node } from '../fixtures/world/objects.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';
import { keyIn } from '../fixtures/world/user.ts';
import type { Weather } from './weather.ts';
import { isOurs } from './witness.ts';

/** What a deed may choose from, in the order of its numbers. The same numbers choose the same. */
export type Pick = <T>(choices: readonly T[]) => T | undefined;

export interface Turn {
  readonly sim: Simulation;
  readonly weather: Weather;
  readonly pick: Pick;
  /** How much each call to the engine takes. */
  readonly pace: { latencyMs: number };
}

export type Deed = (turn: Turn) => unknown;

const CLUSTERS = ['dev', 'team/dev', 'big'] as const;
const POWERS = ['Stopped', 'Paused', 'Running'] as const;
export const OTHER_IMAGE = 'kindest/node:v1.34.2';

const { signal } = new AbortController();

const named = ({ metadata }: Stored<KubeObject>): string => `${metadata.namespace ?? ''}/${metadata.name}`;

const clusterNames = ({ sim }: Turn): string[] => sim.api.peekAll(ClusterKind).map(named);
const ourContainers = ({ sim }: Turn): readonly Container[] => sim.engine.look().containers.filter(isOurs);

/** Does it to one of the operator's containers, if there are any. */
const toContainer =
  (act: (sim: Simulation, container: Container) => unknown): Deed =>
  (turn) => {
    const container = turn.pick(ourContainers(turn));
    return container && act(turn.sim, container);
  };

/** What a spell of it begins is over after a while, or with the history. */
const spell =
  (begin: Deed, end: Deed): Deed =>
  (turn) => {
    begin(turn);
    turn.sim.clock.after(turn.pick([200, 6_000, 45_000, 100_000]) ?? 0, () => {
      end(turn);
    });
  };

/** What people do with kubectl. */
const USER_DEEDS: Readonly<Record<string, Deed>> = {
  create: ({ sim, pick }) => {
    const [namespace = 'default', name = namespace] = (pick(CLUSTERS) ?? 'dev').split('/');
    const place = { namespace: name === namespace ? 'default' : namespace };
    const image = pick([undefined, undefined, OTHER_IMAGE]);
    return sim.user.apply(cluster(name, { workers: pick([1, 0, 2]) ?? 1, ...(image && { image }) }, place));
  },
  deleteCluster: (turn) => {
    const name = turn.pick(clusterNames(turn));
    return name && turn.sim.user.delete(ClusterKind, name);
  },
  scale: (turn) => {
    const name = turn.pick(clusterNames(turn));
    return name && turn.sim.user.scale(name, turn.pick([0, 1, 2, 3]) ?? 0);
  },
  editImage: (turn) => {
    const name = turn.pick(clusterNames(turn));
    return name && turn.sim.user.apply(cluster(...placed(name, { image: OTHER_IMAGE })));
  },
  powerCluster: (turn) => {
    const name = turn.pick(clusterNames(turn));
    return name && setPower(turn.sim, ClusterKind, name, turn.pick(POWERS) ?? 'Stopped');
  },
  powerNode: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(NodeKind));
    return found && setPower(sim, NodeKind, named(found), pick(POWERS) ?? 'Stopped');
  },
  pause: (turn) => setPaused(turn, 'true'),
  unpause: (turn) => setPaused(turn, null),
  declareNode: ({ sim, pick }) => {
    const [namespace = 'default', name = namespace] = (pick(CLUSTERS) ?? 'dev').split('/');
    const place = { namespace: name === namespace ? 'default' : namespace };
    return sim.user.apply(node(pick(['spare', 'extra']) ?? 'spare', { cluster: name }, place));
  },
  deleteNode: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(NodeKind).filter(({ spec }) => spec.role === 'worker'));
    return found && sim.user.delete(NodeKind, named(found));
  },
  deleteControlPlane: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(NodeKind).filter(({ spec }) => spec.role === 'control-plane'));
    return found && sim.user.delete(NodeKind, named(found));
  },
  deleteNetwork: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(NetworkKind));
    return found && sim.user.delete(NetworkKind, named(found));
  },
  deleteSecret: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(SecretType));
    return found && sim.user.delete(SecretType, named(found));
  },
  editSecret: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(SecretType));
    const data = { value: Buffer.from('nonsense').toString('base64') };
    return found && sim.user.client.mergePatch(SecretType, keyOf(found), { data }, signal);
  },
  stripLabels: ({ sim, pick }) => {
    const found = pick([...sim.api.peekAll(NodeKind), ...sim.api.peekAll(NetworkKind)]);
    if (found === undefined) return undefined;
    const labels = { [Label.cluster]: null, [Label.role]: null };
    return sim.user.client.mergePatch(typeOf(found), keyOf(found), { metadata: { labels } }, signal);
  },
  stripOwners: ({ sim, pick }) => {
    const found = pick([...sim.api.peekAll(NodeKind), ...sim.api.peekAll(NetworkKind), ...sim.api.peekAll(SecretType)]);
    if (found === undefined) return undefined;
    return sim.user.client.mergePatch(typeOf(found), keyOf(found), { metadata: { ownerReferences: null } }, signal);
  },
  removeFirst: ({ sim, pick }) => {
    const found = pick(sim.api.peekAll(NodeKind));
    return found && sim.user.annotate(NodeKind, named(found), { [Annotation.removeFirst]: 'true' });
  },
  loseStatus: ({ sim, pick }) => {
    const found = pick([
      ...sim.api.peekAll(ClusterKind),
      ...sim.api.peekAll(NodeKind),
      ...sim.api.peekAll(NetworkKind),
    ]);
    if (found === undefined) return undefined;
    return sim.user.writeStatus(typeOf(found), named(found), {});
  },
};

/** What happens to containers and networks behind the operator's back. */
const ENGINE_DEEDS: Readonly<Record<string, Deed>> = {
  kill: toContainer((sim, { name, state }) => {
    if (state === 'running') sim.engine.kill(name);
  }),
  crash: toContainer((sim, { name, state }) => {
    if (state === 'running') sim.engine.crash(name);
  }),
  pauseContainer: toContainer((sim, { name, state }) => {
    if (state === 'running') sim.engine.pause(name);
  }),
  stop: toContainer((sim, { name }) => {
    sim.engine.stop(name);
  }),
  remove: toContainer((sim, { name }) => {
    sim.engine.removeBehindOurBack(name);
  }),
  removeAll: (turn) => {
    for (const { name } of ourContainers(turn)) turn.sim.engine.removeBehindOurBack(name);
  },
  disconnect: toContainer((sim, { name, addresses }) => {
    const network = sim.engine.look().networks.find(({ id }) => id in addresses);
    if (network !== undefined) sim.engine.disconnect(network.name, name);
  }),
  removeNetwork: ({ sim, pick }) => {
    const network = pick(sim.engine.look().networks.filter(isOurs));
    if (network !== undefined) sim.engine.removeNetwork(network.name);
  },
  foreignNetwork: ({ sim, pick }) => {
    const subnet = `172.18.${String(pick([40, 41, 42]) ?? 40)}.0/24`;
    const { networks } = sim.engine.look();
    if (!networks.some(({ subnets }) => subnets.includes(subnet)))
      sim.engine.foreignNetwork(`office ${subnet}`, subnet);
  },
  foreignNetworkGoes: ({ sim, pick }) => {
    const network = pick(sim.engine.look().networks.filter(({ name }) => name.startsWith('office ')));
    if (network !== undefined) sim.engine.removeNetwork(network.name);
  },
  foreignContainer: ({ sim, pick }) => {
    const node = pick(sim.api.peekAll(NodeKind));
    const names = sim.engine.look().containers.map(({ name }) => name);
    const name = node?.metadata.name ?? 'busy';
    if (!names.includes(name)) sim.engine.foreignContainer(name);
  },
  squat: toContainer((sim, { name, addresses }) => {
    const network = sim.engine.look().networks.find(({ id }) => id in addresses);
    const address = addresses[network?.id ?? ''];
    if (network === undefined || address === undefined) return;
    sim.engine.kill(name);
    sim.engine.foreignContainer(`squatter of ${address}`, { addresses: { [network.name]: address } });
  }),
  squattersGo: ({ sim }) => {
    chaseSquatters(sim);
  },
  engineRestarts: ({ sim }) => {
    sim.engine.restartEngine();
  },
  engineIsAway: spell(
    ({ sim }) => {
      sim.engine.unavailable(true);
    },
    ({ sim }) => {
      sim.engine.unavailable(false);
    },
  ),
  engineIsSlow: spell(
    ({ pace, pick }) => {
      pace.latencyMs = pick([20, 400, 3_000]) ?? 0;
    },
    ({ pace }) => {
      pace.latencyMs = 0;
    },
  ),
  kubeletDies: toContainer((sim, { name }) => {
    sim.kubernetes.stopService(name, 'kubelet');
  }),
  containerdDies: toContainer((sim, { name }) => {
    sim.kubernetes.stopService(name, 'containerd');
  }),
  kubernetesNodeIsDeleted: ({ sim, pick }) => {
    const server = pick(sim.kubernetes.servers());
    const found = server && pick(server.peekAll(KubeNodeType));
    return (
      found && server.client('user').delete(KubeNodeType, { namespace: '', name: found.metadata.name }, {}, signal)
    );
  },
};

/** What happens to the API server, and on the way to it and to the engine. */
const API_DEEDS: Readonly<Record<string, Deed>> = {
  apiIsAway: spell(
    ({ sim }) => {
      sim.api.stop();
    },
    ({ sim }) => {
      sim.api.start();
    },
  ),
  watchesBreak: ({ sim }) => {
    sim.api.dropWatches();
  },
  historyExpires: ({ sim }) => {
    sim.api.expireHistory();
    sim.api.dropWatches();
  },
  callsFail: spell(
    ({ weather, pick }) => {
      weather.calls = pick([0.05, 0.2, 0.6]) ?? 0;
    },
    ({ weather }) => {
      weather.calls = 0;
    },
  ),
  eventsAreLost: spell(
    ({ weather, pick }) => {
      weather.events = pick([0.1, 0.5]) ?? 0;
    },
    ({ weather }) => {
      weather.events = 0;
    },
  ),
};

/** What happens to the operator's process. */
const OPERATOR_DEEDS: Readonly<Record<string, Deed>> = {
  operatorIsKilled: ({ sim, pick }) => {
    const downMs = pick([0, 2_000, 40_000]) ?? 0;
    sim.life.end();
    sim.clock.after(downMs, () => {
      if (sim.life.isOver) sim.start();
    });
  },
  operatorDiesAtACall: ({ sim, pick }) => {
    sim.life.endAfter(pick([0, 1, 2, 3, 5, 8, 13, 21]) ?? 0, pick(['before', 'after'] as const) ?? 'before');
    sim.clock.after(3_000, () => {
      if (sim.life.isOver) sim.start();
    });
  },
};

export const DEEDS: Readonly<Record<string, Deed>> = {
  ...USER_DEEDS,
  ...ENGINE_DEEDS,
  ...API_DEEDS,
  ...OPERATOR_DEEDS,
};

export function chaseSquatters(sim: Simulation): void {
  const { containers } = sim.engine.look();
  for (const { name } of containers.filter((one) => one.name.startsWith('squatter'))) {
    sim.engine.removeBehindOurBack(name);
  }
}

function setPaused(turn: Turn, value: string | null): unknown {
  const { sim, pick } = turn;
  const found = pick([...sim.api.peekAll(ClusterKind), ...sim.api.peekAll(NodeKind), ...sim.api.peekAll(NetworkKind)]);
  if (found === undefined) return undefined;
  return sim.user.annotate(typeOf(found), named(found), { [Annotation.paused]: value });
}

export const setPower = (
  { user }: Simulation,
  type: ResourceType<KubeObject>,
  name: string,
  power: (typeof POWERS)[number],
): Promise<unknown> => user.client.mergePatch(type, keyIn(name), { spec: { power } }, signal);

const typeOf = ({ kind }: KubeObject): ResourceType<KubeObject> =>
  [ClusterKind, NodeKind, NetworkKind, SecretType].find((type) => type.kind === kind) ?? ClusterKind;

const keyOf = ({ metadata }: Stored<KubeObject>) => ({ namespace: metadata.namespace ?? '', name: metadata.name });

const placed = (text: string, spec: Parameters<typeof cluster>[1]): Parameters<typeof cluster> => {
  const [namespace = 'default', name = ''] = text.split('/');
  return [name, spec, { namespace }];
};
