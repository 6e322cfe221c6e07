import { describe, expect, jest, test } from '@jest/globals';
import { ClusterKind } from '../crds/cluster.ts';
import { Reason } from '../crds/conditions.ts';
import { catalogue } from '../crds/errors.ts';
import { NetworkKind } from '../crds/network.ts';
import { cluster } from '../test/fixtures/world/objects.ts';
import { simulation, type Simulation } from '../test/fixtures/world/simulation.ts';
import { STATES, type StateName } from '../test/fixtures/world/states.ts';
import { findCondition, type Condition } from './runtime/condition.ts';

jest.setTimeout(120_000);

/** By type: `Status Reason`; null when there is no such condition. */
type Words = Readonly<Record<string, string | null>>;

/** What every object says that is as it should be. */
const WELL = {
  Cluster: well(
    ...['Ready', 'AddonsReady', 'Available', 'ControlPlaneReady', 'HostReady', 'ImageReady', 'KubeconfigReady'],
    ...['NetworkReady', 'NodesReady', 'PowerReady', 'CertificatesReady'],
  ),
  Network: well('Ready', 'DockerNetworkReady', 'SubnetReady'),
  'control-plane': well(
    'Ready',
    'AddressReady',
    'Bootstrapped',
    'ContainerReady',
    'Healthy',
    'ImageReady',
    'CertificatesReady',
    'ResourcesReady',
  ),
  worker: well(
    'Ready',
    'AddressReady',
    'Bootstrapped',
    'ContainerReady',
    'Healthy',
    'ImageReady',
    'CertificatesReady',
    'ResourcesReady',
  ),
} as const satisfies Readonly<Record<string, Words>>;

function well(...types: string[]): Words {
  return Object.fromEntries(types.map((type) => [type, 'True Ready']));
}

/** What an object says instead, or besides. */
type Difference = Partial<Readonly<Record<keyof typeof WELL, Words | 'is not there'>>>;

const WAITING = 'Unknown Waiting';
const REMOVED = 'Unknown Deleting';
const NOTHING_YET = { Network: 'is not there', 'control-plane': 'is not there', worker: 'is not there' } as const;
const BEFORE_NETWORK = {
  NetworkReady: WAITING,
  ControlPlaneReady: WAITING,
  KubeconfigReady: WAITING,
  AddonsReady: WAITING,
  NodesReady: WAITING,
  Available: 'False Waiting',
  PowerReady: 'False Starting',
  CertificatesReady: null,
} as const;
const AWAY = 'False EngineUnavailable';
const FULL = 'False OutOfSpace';

const off = (power: 'Stopped' | 'Paused'): Difference => {
  const is = `False ${power}`;
  const node = { Ready: is, ContainerReady: is, Healthy: is, ResourcesReady: WAITING };
  return {
    Cluster: {
      ...{ Ready: is, Available: is, ControlPlaneReady: is, AddonsReady: is, NodesReady: is },
      PowerReady: `True ${power}`,
    },
    'control-plane': node,
    worker: node,
  };
};

const nodeOfLostEngine = {
  Ready: AWAY,
  ImageReady: AWAY,
  ContainerReady: WAITING,
  Healthy: WAITING,
  ResourcesReady: WAITING,
};
const fullWorker: Difference = {
  Cluster: { Ready: FULL, NodesReady: FULL, Available: 'False NodeNotReady' },
  worker: { Ready: FULL, ContainerReady: FULL, Healthy: WAITING, ResourcesReady: WAITING },
};
const removedCluster = {
  ...{ Ready: 'False Deleting', Available: 'False Deleting', Deleting: 'True Deleting' },
  ...{ HostReady: REMOVED, NetworkReady: REMOVED, ControlPlaneReady: REMOVED, KubeconfigReady: REMOVED },
  ...{ AddonsReady: REMOVED, NodesReady: REMOVED, PowerReady: REMOVED, CertificatesReady: REMOVED },
};
const leftAlone = { Paused: 'True Paused' };

const SAYS: Readonly<Record<StateName, Difference>> = {
  'being created': {
    Cluster: {
      ...{ Ready: 'False ControlPlaneStarting', ControlPlaneReady: 'False ControlPlaneStarting' },
      ...{ Available: 'False ControlPlaneStarting' },
      ...{ KubeconfigReady: WAITING, AddonsReady: WAITING, NodesReady: WAITING, CertificatesReady: null },
    },
    'control-plane': {
      ...{
        Ready: 'False Bootstrapping',
        Bootstrapped: 'False Bootstrapping',
        Healthy: WAITING,
        ResourcesReady: WAITING,
      },
      CertificatesReady: null,
    },
    worker: {
      Ready: 'False Waiting',
      Bootstrapped: 'False Waiting',
      Healthy: WAITING,
      ResourcesReady: WAITING,
      CertificatesReady: null,
    },
  },
  ready: {},
  'worker can not be started': fullWorker,
  'worker can not be made again': fullWorker,
  'control plane can not be started': {
    Cluster: {
      ...{ Ready: FULL, ControlPlaneReady: FULL, NodesReady: FULL, Available: FULL },
      AddonsReady: 'False ControlPlaneStarting',
    },
    'control-plane': { Ready: FULL, ContainerReady: FULL, Healthy: WAITING, ResourcesReady: WAITING },
    worker: { Ready: 'Unknown ControlPlaneStarting', Healthy: 'Unknown ControlPlaneStarting', ResourcesReady: WAITING },
  },
  'engine away': {
    Cluster: {
      ...{ Ready: AWAY, NetworkReady: AWAY, ControlPlaneReady: AWAY, KubeconfigReady: AWAY, AddonsReady: AWAY },
      ...{ NodesReady: AWAY, Available: 'Unknown EngineUnavailable', PowerReady: 'Unknown EngineUnavailable' },
    },
    Network: { Ready: AWAY, DockerNetworkReady: AWAY, SubnetReady: WAITING },
    'control-plane': nodeOfLostEngine,
    worker: nodeOfLostEngine,
  },
  'engine away from the start': {
    Cluster: { ...BEFORE_NETWORK, Ready: AWAY, HostReady: AWAY, ImageReady: WAITING },
    ...NOTHING_YET,
  },
  'image missing': {
    Cluster: {
      ...BEFORE_NETWORK,
      ...{ Ready: 'False ImageUnavailable', ImageReady: 'False ImageUnavailable', Stalled: 'True ImageUnavailable' },
    },
    ...NOTHING_YET,
  },
  'no image known': {
    Cluster: {
      ...BEFORE_NETWORK,
      ...{ Ready: 'False NoImageKnown', ImageReady: 'False NoImageKnown', Stalled: 'True NoImageKnown' },
    },
    ...NOTHING_YET,
  },
  'subnet taken': {
    Cluster: {
      ...BEFORE_NETWORK,
      ...{ Ready: 'False SubnetOverlap', NetworkReady: 'False SubnetOverlap', Stalled: 'True SubnetOverlap' },
    },
    ...NOTHING_YET,
    Network: {
      ...{ Ready: 'False SubnetOverlap', DockerNetworkReady: 'False SubnetOverlap', Stalled: 'True SubnetOverlap' },
      SubnetReady: WAITING,
    },
  },
  'scaled beyond what the host allows': {
    Cluster: {
      ...{ Ready: 'False InotifyTooLow', HostReady: 'False InotifyTooLow', Stalled: 'True InotifyTooLow' },
      NodesReady: 'False Scaling',
    },
  },
  'left alone': { Cluster: leftAlone, 'control-plane': leftAlone, worker: leftAlone },
  stopped: off('Stopped'),
  paused: off('Paused'),
  'being deleted': {
    Cluster: removedCluster,
    worker: {
      ...{ Ready: 'False Deleting', Deleting: 'True Deleting' },
      ...{ ContainerReady: REMOVED, Healthy: REMOVED, CertificatesReady: REMOVED, ResourcesReady: REMOVED },
    },
  },
  'deletion held up': {
    Cluster: removedCluster,
    Network: {
      ...{ Ready: 'False Deleting', Deleting: 'True NetworkInUse' },
      ...{ DockerNetworkReady: REMOVED, SubnetReady: REMOVED },
    },
    'control-plane': 'is not there',
    worker: 'is not there',
  },
  'left alone while it is deleted': {
    Cluster: { Ready: 'False Deleting', Deleting: 'True Paused', ...leftAlone },
  },
};

interface Said {
  readonly conditions: readonly Condition[];
  readonly generation: number | undefined;
}

function objectsOf(sim: Simulation): ReadonlyMap<string, Said> {
  const cluster = sim.find(ClusterKind, 'dev');
  const network = sim.find(NetworkKind, 'dev');
  const all = [
    ...(cluster === undefined ? [] : [['Cluster', cluster] as const]),
    ...(network === undefined ? [] : [['Network', network] as const]),
    ...sim.nodes('dev').map((node) => [node.spec.role, node] as const),
  ];
  return new Map(
    all.map(([name, { metadata, status }]) => [
      name,
      { conditions: status?.conditions ?? [], generation: metadata.generation },
    ]),
  );
}

const heard = (sim: Simulation): unknown =>
  Object.fromEntries(
    [...objectsOf(sim)].map(([name, { conditions }]) => [
      name,
      Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`])),
    ]),
  );

const expected = (difference: Difference): unknown =>
  Object.fromEntries(
    Object.entries(WELL).flatMap(([name, words]) => {
      const other = difference[name as keyof typeof WELL];
      return other === 'is not there' ? [] : [[name, present({ ...words, ...other })]];
    }),
  );

const present = (words: Words): Words => Object.fromEntries(Object.entries(words).filter(([, word]) => word !== null));

describe('a cluster that is', () => {
  test.each(Object.keys(STATES) as StateName[])('%s: its objects say all of this, and nothing else', async (name) => {
    const sim = await STATES[name]();
    expect(heard(sim)).toEqual(expected(SAYS[name]));
    checkEach(sim);
  });
});

/** What holds of every condition in every state. */
function checkEach(sim: Simulation): void {
  const known = new Set([...Object.keys(Reason), ...Object.keys(catalogue)]);
  for (const { conditions, generation = 0 } of objectsOf(sim).values()) {
    for (const { type, status, reason, message, observedGeneration } of conditions) {
      expect(known).toContain(reason);
      expect({ type, observedGeneration }).toEqual({ type, observedGeneration: expect.any(Number) });
      expect(observedGeneration).toBeLessThanOrEqual(generation);
      // Who says that something is not so says why.
      if (status !== 'True') expect(`${type}: ${message}`).not.toBe(`${type}: `);
    }
    // Nothing may be True of a part that the whole says is not there.
    const isReady = findCondition(conditions, 'Ready')?.status === 'True';
    const isStalled = findCondition(conditions, 'Stalled')?.status === 'True';
    expect(isReady && isStalled).toBe(false);
  }
}

test('a cluster of which a worker is down is not Ready, says which, and can be used', async () => {
  let isFull = false;
  const onCall = (method: string): Error | undefined =>
    isFull && method === 'start' ? new catalogue.OutOfSpace({ what: 'it', answer: 'disk full' }) : undefined;
  const sim = await simulation({ clusters: [cluster('dev', { workers: 2 })], engine: { onCall } }).settled();
  isFull = true;
  const [worker] = sim.workers('dev');
  if (worker === undefined) throw new Error('There is no worker');
  sim.engine.kill(sim.container(worker).name);
  await sim.pass(90_000);
  expect(sim.says('dev')).toMatch(new RegExp(`^False OutOfSpace: Node ${worker.metadata.name}: .*disk full`));
  expect(sim.condition(sim.cluster('dev'), 'Available')?.status).toBe('True');
  expect(sim.condition(sim.cluster('dev'), 'ControlPlaneReady')?.status).toBe('True');
});

test('while the engine makes a container again, the node is called neither running nor healthy', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })], engine: { latencyMs: 300 } }).settled();
  const name = sim.workers('dev')[0]?.metadata.name ?? '';
  const lies: string[] = [];
  sim.engine.removeBehindOurBack(sim.container(sim.node(name)).name);
  for (let ms = 0; ms < 30_000; ms += 100) {
    await sim.pass(100);
    const isThere = sim.engine.look().containers.some(({ owner }) => owner === sim.node(name).metadata.uid);
    const isSaidToBe = sim.condition(sim.node(name), 'ContainerReady')?.status === 'True';
    // An event and a look take their time; a second is what people wait for anyway.
    if (!isThere && isSaidToBe && ms > 1_000) lies.push(`${String(ms)} ms`);
  }
  expect(lies).toEqual([]);
});
