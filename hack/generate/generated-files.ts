import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Kind } from '../../crds/kind.ts';
import { GROUP } from '../../crds/names.ts';
import { NetworkKind } from '../../crds/network.ts';
import { NodeKind } from '../../crds/node.ts';
import { UserKind } from '../../crds/user.ts';
import { LoadBalancerKind } from '../../crds/load-balancer.ts';
import { AddressPoolKind } from '../../crds/address-pool.ts';
import { argocdConfigMap } from './argocd-health.ts';
import { asyncapiDocument } from './asyncapi/document.ts';
import { conditionsDocument } from './conditions-document.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { prometheusRule } from './prometheus-rule.ts';
import { vocabulary } from './vocabulary.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const KINDS: readonly Kind<unknown>[] = [
  ClusterKind,
  NodeKind,
  NetworkKind,
  UserKind,
  AddressPoolKind,
  LoadBalancerKind,
];

const HEADER = '# Generated from crds/*.ts by `make generate`. Do not edit.\n';

/** Every file that is made from code and committed. */
export const generatedFiles = (): readonly GeneratedFile[] => [
  ...KINDS.map((kind) => ({
    path: `crds/${GROUP}_${kind.plural}.yaml`,
    text: HEADER + stringify(customResourceDefinition(kind), { lineWidth: 120, aliasDuplicateObjects: false }),
  })),
  { path: 'api/asyncapi.yaml', text: asyncapi() },
  { path: 'docs/conditions.md', text: conditionsDocument(vocabulary()) },
  { path: 'manifests/argocd/argocd-cm.yaml', text: argocdConfigMap() },
  { path: 'manifests/monitoring/prometheus-rule.yaml', text: prometheusRule() },
];

function asyncapi(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const header = '# Generated from api/wire/*.ts by `make generate`. Do not edit.\n';
  return (
    header +
    stringify(asyncapiDocument(version), { lineWidth: 120, aliasDuplicateObjects: false, blockQuote: 'literal' })
  );
}
