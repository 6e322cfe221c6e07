import { describe, expect, test } from '@jest/globals';
import { cases, KINDS } from '../test/integration/crds/cases.ts';
import { admit, refusal } from './admission.ts';
import type { Cluster } from './cluster.ts';
import { ClusterKind } from './cluster.ts';
import { NetworkKind } from './network.ts';
import { NodeKind } from './node.ts';
import { mapLists } from './schema-tree.ts';

const cluster = (spec?: object, name = 'dev'): object => ({
  apiVersion: 'qbo.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name, namespace: 'default', labels: { team: 'a' } },
  ...(spec === undefined ? {} : { spec }),
});

const admitted = (object: object, oldObject?: Cluster): Cluster => {
  const admission = admit(ClusterKind, object, oldObject);
  if (!admission.ok) throw new Error(refusal(ClusterKind, 'dev', admission.issues));
  return admission.object;
};

describe('a Cluster', () => {
  test('without a spec is complete', () => {
    expect(admitted(cluster()).spec).toEqual({
      controlPlanes: 1,
      workers: 2,
      domain: 'localhost',
      networking: { podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/16' },
      power: 'Running',
      remediation: { mode: 'Enabled', timeout: '5m' },
    });
  });

  test('keeps its metadata and loses fields that nobody knows', () => {
    const object = admitted(cluster({ workers: 0, colour: 'red', networking: { mtu: 1500 } }));
    expect(object.metadata.labels).toEqual({ team: 'a' });
    expect(object.spec).not.toHaveProperty('colour');
    expect(object.spec.networking).not.toHaveProperty('mtu');
  });

  test('may change its number of workers', () => {
    expect(admitted(cluster({ workers: 3 }), admitted(cluster())).spec.workers).toBe(3);
  });

  test('is refused with every reason at once, worded as the API server words them', () => {
    const admission = admit(ClusterKind, cluster({ image: 'b:1', domain: 'x.y' }), admitted(cluster({ image: 'a:1' })));
    expect(refusal(ClusterKind, 'dev', admission.ok ? [] : admission.issues)).toBe(
      'Cluster.qbo.io "dev" is invalid: [' +
        'spec.image: Forbidden: can not be changed from a:1 to b:1: upgrades come with a later release; until then make another cluster, ' +
        'spec.domain: Forbidden: can not be changed from localhost to x.y: it is fixed when a cluster is made; make another cluster]',
    );
  });

  test('is refused at the field that has the wrong type', () => {
    const admission = admit(ClusterKind, cluster({ workers: 'three' }));
    expect(admission.ok ? [] : admission.issues.map(({ path }) => path)).toEqual(['spec.workers']);
  });
});

test('a Node needs a cluster and is a worker unless it says otherwise', () => {
  const node = (spec: object): object => ({
    apiVersion: 'qbo.io/v1alpha1',
    kind: 'Node',
    metadata: { name: 'node-1a2b3c4d' },
    spec,
  });
  expect(admit(NodeKind, node({ cluster: 'dev' }))).toMatchObject({ object: { spec: { role: 'worker' } } });
  expect(admit(NodeKind, node({}))).toMatchObject({ ok: false, issues: [{ path: 'spec.cluster' }] });
});

describe('admission, as the API server does by CEL,', () => {
  test.each(cases.map((each) => [each.refused === undefined ? 'accepts' : 'refuses', each.what, each] as const))(
    '%s %s',
    (_verb, _what, { kind, name = 'dev', spec, before, refused }) => {
      const object = (of: object): object => ({ apiVersion: 'qbo.io/v1alpha1', kind, metadata: { name }, spec: of });
      const stored = before === undefined ? undefined : admit<unknown>(KINDS[kind], object(before));
      const admission = admit<unknown>(KINDS[kind], object(spec), stored?.ok === true ? stored.object : undefined);

      if (refused === undefined) expect(admission).toMatchObject({ ok: true });
      else {
        expect(admission.ok ? [] : admission.issues).toEqual([
          { path: refused.path, message: expect.stringContaining(refused.words) },
        ]);
      }
    },
  );
});

test('the lists that are maps are found with their keys', () => {
  expect(mapLists(NetworkKind.schema)).toEqual({ 'status.conditions': ['type'], 'status.addresses': ['node'] });
});

test.each([ClusterKind, NodeKind, NetworkKind])(
  'of an object that is new it is said that nobody has looked yet',
  (kind) => {
    const { apiVersion } = kind;
    const spec = kind.kind === 'Cluster' ? {} : { cluster: 'dev' };
    const admitted = admit<unknown>(kind, { apiVersion, kind: kind.kind, metadata: { name: 'dev' }, spec });
    expect(admitted).toMatchObject({ ok: true, object: { status: { observedGeneration: -1 } } });
  },
);
