import { ClusterKind } from '../../../crds/cluster.ts';
import { Annotation, Label } from '../../../crds/names.ts';
import { NetworkKind } from '../../../crds/network.ts';
import { NodeKind } from '../../../crds/node.ts';
import type { ResourceType } from '../../../controllers/kube/client.ts';
import { SecretType } from '../../../controllers/kube/kinds.ts';
import { keyOf } from '../../../controllers/runtime/object.ts';
import type { KubeObject } from '../../../controllers/runtime/object.ts';
import { cluster, node } from '../../fixtures/world/objects.ts';
import type { Simulation } from '../../fixtures/world/simulation.ts';
import { keyIn } from '../../fixtures/world/user.ts';
import { named } from './turn.ts';
import type { Deed, Turn } from './turn.ts';

const CLUSTERS = ['dev', 'team/dev', 'big'] as const;
const POWERS = ['Stopped', 'Paused', 'Running'] as const;
export const OTHER_IMAGE = 'kindest/node:v1.34.2';

const { signal } = new AbortController();

const clusterNames = ({ sim }: Turn): string[] => sim.api.peekAll(ClusterKind).map(named);

/** What people do with kubectl. */
export const USER_DEEDS: Readonly<Record<string, Deed>> = {
  create: ({ sim, pick }) => {
    const [namespace = 'default', name = namespace] = (pick(CLUSTERS) ?? 'dev').split('/');
    const place = { namespace: name === namespace ? 'default' : namespace };
    const image = pick([undefined, undefined, OTHER_IMAGE]);
    const spec = { workers: pick([1, 0, 2]) ?? 1, remediation: { timeout: '1m' } };
    return sim.user.apply(cluster(name, { ...spec, ...(image && { image }) }, place));
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
  limitCluster: (turn) => {
    const name = turn.pick(clusterNames(turn));
    return name && setResources(turn, ClusterKind, name);
  },
  limitNode: (turn) => {
    const found = turn.pick(turn.sim.api.peekAll(NodeKind));
    return found && setResources(turn, NodeKind, named(found));
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

function setPaused(turn: Turn, value: string | null): unknown {
  const { sim, pick } = turn;
  const found = pick([...sim.api.peekAll(ClusterKind), ...sim.api.peekAll(NodeKind), ...sim.api.peekAll(NetworkKind)]);
  if (found === undefined) return undefined;
  return sim.user.annotate(typeOf(found), named(found), { [Annotation.paused]: value });
}

/** More, less, and no limit at all again. */
function setResources({ sim, pick }: Turn, type: ResourceType<KubeObject>, name: string): Promise<unknown> {
  const resources = pick([{ cpu: '2', memory: '2Gi' }, { cpu: '1500m' }, { memory: '1Gi' }, null]) ?? null;
  return sim.user.client.mergePatch(type, keyIn(name), { spec: { resources } }, signal);
}

export const setPower = (
  { user }: Simulation,
  type: ResourceType<KubeObject>,
  name: string,
  power: (typeof POWERS)[number],
): Promise<unknown> => user.client.mergePatch(type, keyIn(name), { spec: { power } }, signal);

const typeOf = ({ kind }: KubeObject): ResourceType<KubeObject> =>
  [ClusterKind, NodeKind, NetworkKind, SecretType].find((type) => type.kind === kind) ?? ClusterKind;

const placed = (text: string, spec: Parameters<typeof cluster>[1]): Parameters<typeof cluster> => {
  const [namespace = 'default', name = ''] = text.split('/');
  return [name, spec, { namespace }];
};
