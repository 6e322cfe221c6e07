import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ClusterKind } from '../../crds/cluster.ts';
import { Reason } from '../../crds/conditions.ts';
import { catalogue } from '../../crds/errors.ts';
import { GROUP } from '../../crds/names.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { UserKind } from '../../crds/user.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { AddressPoolKind } from '../../crds/address-pool.ts';

const PLACE = 'local failures = {}\n';

/** The script by which Argo CD finds out how our objects fare; the same for every kind. */
function argocdHealth(): string {
  const source = readFileSync(join(import.meta.dirname, 'argocd-health.lua'), 'utf8');
  if (!source.includes(PLACE)) throw new Error(`argocd-health.lua has no line ${PLACE}, which is to be filled in`);
  const reasons = [...Object.keys(catalogue), Reason.RemediationExhausted];
  const entries = reasons.map((reason) => `  ${reason} = true,\n`).join('');
  return source.replace(PLACE, `local failures = {\n${entries}}\n`);
}

/** argocd-cm with it, to be merged into the one that is there. */
export function argocdConfigMap(): string {
  const script = argocdHealth();
  const data = Object.fromEntries(
    [ClusterKind, NodeKind, NetworkKind, UserKind, AddressPoolKind, LoadBalancerKind].map(({ kind }) => [
      `resource.customizations.health.${GROUP}_${kind}`,
      script,
    ]),
  );
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd', labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data,
  };
  return (
    '# Generated from hack/generate/argocd-health.lua by `make generate`. Do not edit.\n' +
    '# How Argo CD reads our objects: kubectl -n argocd patch configmap argocd-cm --patch-file manifests/argocd/argocd-cm.yaml\n' +
    stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
  );
}
