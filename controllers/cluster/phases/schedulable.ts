import { KubeNodeType } from '../../kube/kinds.ts';
import { keyOf } from '../../runtime/object.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import type { ClusterScope } from '../scope.ts';

const TAINT = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' } as const;

/** Without workers the control plane takes pods; with workers it keeps to itself. */
export async function ensureSchedulable(scope: ClusterScope): Promise<Step> {
  const { nodes, signal } = scope;
  const access = await scope.access();
  const hostnames = nodes
    .filter(({ spec }) => spec.role === 'control-plane')
    .flatMap(({ status }) => status?.hostname ?? []);
  if (access === undefined) return proceed();
  const isTaintWanted = nodes.some(({ spec }) => spec.role === 'worker');
  for (const name of hostnames) {
    const node = await access.client.get(KubeNodeType, { namespace: '', name }, signal);
    const taints = node?.spec?.taints ?? [];
    const isTainted = taints.some(({ key, effect }) => key === TAINT.key && effect === TAINT.effect);
    if (node === undefined || isTainted === isTaintWanted) continue;
    const others = taints.filter(({ key }) => key !== TAINT.key);
    const spec = { taints: isTaintWanted ? [...others, TAINT] : others };
    await access.client.mergePatch(KubeNodeType, keyOf(node), { spec }, signal);
  }
  return proceed();
}
