import { ClusterCondition, NodeCondition } from '../../crds/conditions.ts';
import { findCondition } from '../runtime/condition.ts';
import type { ClusterScope } from './scope.ts';

/** What the Nodes say of their certificates: the first end of all, and how the control planes' fare. */
export function summarizeCertificates({ nodes, status, report }: ClusterScope): void {
  const [first] = nodes.flatMap((node) => node.status?.certificatesExpire ?? []).sort();
  if (first === undefined) delete status.certificatesExpire;
  else status.certificatesExpire = first;
  const said = nodes
    .filter(({ spec }) => spec.role === 'control-plane')
    .flatMap((node) => findCondition(node.status?.conditions, NodeCondition.CertificatesReady) ?? []);
  const worst = said.find((condition) => condition.status !== 'True') ?? said[0];
  if (worst === undefined) return;
  const { reason, message } = worst;
  report({ type: ClusterCondition.CertificatesReady, status: worst.status, reason, message });
}
