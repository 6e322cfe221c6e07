import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vocabulary } from './conditions-document.ts';
import { documentedCatalogues, type Documented } from './documented.ts';
import { errorSentences } from './error-sentences.ts';

const CRDS = join(import.meta.dirname, '..', '..', 'crds');

/** Read from the sources themselves, because what a word means is said in the comment above it. */
export function vocabulary(): Vocabulary {
  const conditions = documentedCatalogues(readFileSync(join(CRDS, 'conditions.ts'), 'utf8'));
  const events = documentedCatalogues(readFileSync(join(CRDS, 'events.ts'), 'utf8'));
  const all = new Map([...conditions, ...events]);
  const named = (name: string): readonly Documented[] => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`crds/ has no catalogue ${name}`);
    return found;
  };
  return {
    clusters: named('ClusterCondition'),
    nodes: named('NodeCondition'),
    networks: named('NetworkCondition'),
    users: named('UserCondition'),
    addressPools: named('AddressPoolCondition'),
    loadBalancers: named('LoadBalancerCondition'),
    reasons: named('Reason'),
    errors: errorSentences(),
    events: named('EventReason'),
  };
}
