import { PodType } from '../../../controllers/kube/kinds.ts';
import { podRow } from '../../rows/pod.ts';
import { workloadWords } from '../../views/workload-member.ts';
import type { PodRow } from '../../wire/rows.ts';
import type { Scope } from '../scope.ts';
import { insideClusters, type Inside } from './workload.ts';

/** Names are those of clusters, whose pods are meant, or of pods. */
export async function getPods(scope: Scope): Promise<void> {
  scope.reply.send({ pods: await insideClusters(scope, 'cluster or pod', pods) });
}

const pods: Inside<PodRow> = async (kube, cluster, home, signal) => {
  const { items } = await kube.list(PodType, {}, signal);
  return items.map((pod) => ({ value: podRow(pod, home), ...workloadWords(pod, cluster) }));
};
