import type { ContainerStatus, Pod } from '../../controllers/kube/kinds.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { PodRow } from '../wire/rows.ts';

/** What is known of the cluster that pods and services are in. */
export interface Home {
  readonly name: string;
  readonly id: string;
  readonly user: string;
  /** State of the node of that name; empty when it is not known. */
  readonly nodeState: (node: string) => string;
}

export function podRow(pod: Stored<Pod>, home: Home): PodRow {
  const { metadata, spec, status } = pod;
  const containers = status?.containerStatuses ?? [];
  const node = spec?.nodeName ?? '';
  const every = (holds: (container: (typeof containers)[number]) => boolean): 0 | 1 =>
    containers.length > 0 && containers.every(holds) ? 1 : 0;
  return {
    name: metadata.name,
    id: metadata.uid,
    namespace: metadata.namespace ?? '',
    address: status?.podIP ?? '',
    status: statusOf(pod),
    ready: every(({ ready }) => ready),
    started: every(({ state }) => state?.running !== undefined),
    node,
    node_status: node === '' ? '' : home.nodeState(node),
    cluster: home.name,
    user: home.user,
    cluster_id: home.id,
  };
}

/** One word, as `kubectl get pods` has it: what a container waits for or ended with says more than the phase. */
function statusOf({ metadata, status = {} }: Stored<Pod>): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { phase = 'Pending', initContainerStatuses = [], containerStatuses = [] } = status;
  if (phase === 'Succeeded') return phase;
  const first = phase === 'Pending' ? initContainerStatuses.find(isUnfinished) : undefined;
  if (first !== undefined) return `Init:${wordOf(first.state) ?? 'PodInitializing'}`;
  return containerStatuses.map(({ state }) => wordOf(state)).find(saysMore) ?? phase;
}

const saysMore = (word: string | undefined): boolean => word !== undefined && word !== 'Completed';

const isUnfinished = ({ state }: ContainerStatus): boolean => state?.terminated?.exitCode !== 0;

const wordOf = (state: ContainerStatus['state']): string | undefined =>
  state?.waiting?.reason ?? state?.terminated?.reason ?? (hasFailed(state) ? 'Error' : undefined);

const hasFailed = (state: ContainerStatus['state']): boolean => (state?.terminated?.exitCode ?? 0) !== 0;
