import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { ClusterKind } from '../../../crds/cluster.ts';
import { NetworkKind } from '../../../crds/network.ts';
import type { Simulation } from '../../fixtures/world/simulation.ts';
import { STATES, type StateName } from '../../fixtures/world/states.ts';
import { verdictsOn } from './object-health.ts';

jest.setTimeout(240_000);

/** `kstatus / Argo CD`. */
type Read =
  `${'Current' | 'InProgress' | 'Failed' | 'Terminating'} / ${'Healthy' | 'Progressing' | 'Degraded' | 'Suspended'}`;

const WELL: Read = 'Current / Healthy';
const ON_THE_WAY: Read = 'InProgress / Progressing';
const BROKEN: Read = 'InProgress / Degraded';
const STALLED: Read = 'Failed / Degraded';
const OFF: Read = 'InProgress / Suspended';
const LEFT_ALONE: Read = 'Current / Suspended';
const GOING: Read = 'Terminating / Progressing';

/** In the order Cluster, Network, control plane, worker; those that are not there are left out. */
const READ: Readonly<Record<StateName, readonly Read[]>> = {
  'being created': [ON_THE_WAY, WELL, ON_THE_WAY, ON_THE_WAY],
  ready: [WELL, WELL, WELL, WELL],
  'worker can not be started': [BROKEN, WELL, WELL, BROKEN],
  'worker can not be made again': [BROKEN, WELL, WELL, BROKEN],
  'control plane can not be started': [BROKEN, WELL, BROKEN, ON_THE_WAY],
  'engine away': [BROKEN, BROKEN, BROKEN, BROKEN],
  'engine away from the start': [ON_THE_WAY],
  'image missing': [STALLED],
  'no image known': [STALLED],
  'subnet taken': [STALLED, STALLED],
  'scaled beyond what the host allows': [STALLED, WELL, WELL, WELL],
  'left alone': [LEFT_ALONE, WELL, LEFT_ALONE, LEFT_ALONE],
  stopped: [OFF, WELL, OFF, OFF],
  paused: [OFF, WELL, OFF, OFF],
  'being deleted': [GOING, WELL, WELL, GOING],
  'deletion held up': [GOING, GOING],
  'left alone while it is deleted': [GOING, WELL, WELL, WELL],
};

const CONFIG_MAP = join(import.meta.dirname, '../../../manifests/argocd/argocd-cm.yaml');
let scripts: Readonly<Record<string, string>>;

beforeAll(async () => {
  ({ data: scripts } = parse(await readFile(CONFIG_MAP, 'utf8')) as { data: Readonly<Record<string, string>> });
});

const objectsOf = (sim: Simulation): readonly { readonly kind: string }[] =>
  [sim.find(ClusterKind, 'dev'), sim.find(NetworkKind, 'dev'), ...sim.nodes('dev')].filter(
    (object) => object !== undefined,
  );

async function readingsOf(object: { readonly kind: string }): Promise<string> {
  const [verdict] = await verdictsOn([object], scripts[`resource.customizations.health.qbo.io_${object.kind}`] ?? '');
  // Whoever is told that something is not so is told why.
  if (verdict?.argo.status !== 'Healthy') expect(verdict?.argo.message).not.toBe('');
  return `${verdict?.kstatus.status ?? ''} / ${verdict?.argo.status ?? ''}`;
}

describe('a cluster that is', () => {
  test.each(Object.keys(STATES) as StateName[])('%s is read so by kstatus, and by Argo CD', async (name) => {
    const sim = await STATES[name]();
    const read: string[] = [];
    for (const object of objectsOf(sim)) read.push(await readingsOf(object));
    expect(read).toEqual(READ[name]);
  });
});

describe('an object that', () => {
  const object = (more: object): { readonly kind: string } => ({
    ...{ apiVersion: 'qbo.io/v1alpha1', kind: 'Cluster', metadata: { name: 'dev', generation: 2 } },
    ...more,
  });
  const ready = (status: string, reason: string): object => ({
    ...{ type: 'Ready', status, reason, message: 'Why', lastTransitionTime: '2026-01-01T00:00:00Z' },
    observedGeneration: 2,
  });

  test.each([
    // As the API server shows it from its creation on: kstatus would take one without a status for done.
    ['nobody has looked at yet', { observedGeneration: -1 }, ON_THE_WAY],
    ['has changed since it was looked at', { observedGeneration: 1, conditions: [ready('True', 'Ready')] }, ON_THE_WAY],
    [
      'broke in a way that nobody foresaw',
      { observedGeneration: 2, conditions: [ready('Unknown', 'Error')] },
      ON_THE_WAY,
    ],
    [
      'was replaced in vain',
      { observedGeneration: 2, endpoint: 'https://172.18.0.3', conditions: [ready('False', 'RemediationExhausted')] },
      BROKEN,
    ],
  ])('%s is read so too', async (_, status, read) => {
    expect(await readingsOf(object({ status }))).toBe(read);
  });
});

test('every kind of ours has a script', () => {
  expect(Object.keys(scripts)).toEqual(
    ['Cluster', 'Node', 'Network', 'User', 'AddressPool', 'LoadBalancer'].map(
      (kind) => `resource.customizations.health.qbo.io_${kind}`,
    ),
  );
});
