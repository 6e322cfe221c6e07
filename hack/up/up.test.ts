import { describe, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readConfig } from '../../api/config.ts';
import { assertMayListen } from '../../api/http/listen.ts';
import type { ApplyConfiguration } from '../../controllers/kube/client.ts';
import { MemoryApiServer } from '../../controllers/kube/memory.ts';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { admit } from '../../crds/admission.ts';
import { AddressPoolKind, type AddressPool } from '../../crds/address-pool.ts';
import { LoadBalancerKind, type LoadBalancer } from '../../crds/load-balancer.ts';
import { ClusterKind, type Cluster } from '../../crds/cluster.ts';
import { UserKind, type User } from '../../crds/user.ts';
import { instanceOf } from '../management/instance.ts';
import { fitted } from './installation.ts';
import { readKustomization, readManifest } from './manifests.ts';
import { readiness } from '../management/ready.ts';
import { isRolledOut } from './rollout.ts';

const MANIFESTS = join(import.meta.dirname, '..', '..', 'manifests');
const installation = {
  instance: instanceOf({ QBO_INSTANCE: 'two' }),
  image: 'qbo/operator:abc',
  socket: '/run/qbo-engine/engine.sock',
  socketGroup: 123,
  bridge: 'ws://qbo.example:9701/qbo',
};

describe('what make up applies', () => {
  test('is what kubectl apply -k applies: every file, definitions first', async () => {
    const objects = await readKustomization(join(MANIFESTS, 'install'));

    expect(objects.map(({ kind }) => kind)).toEqual([
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'CustomResourceDefinition',
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'ClusterRole',
      // What the engine has.
      'Role',
      'RoleBinding',
      'Role',
      'RoleBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      // Users.
      'Namespace',
      'Namespace',
      'ClusterRole',
      'ClusterRole',
      'ClusterRoleBinding',
      'RoleBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      // The bridge.
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'Role',
      'RoleBinding',
      'Deployment',
      'Service',
    ]);
  });

  test('has a Deployment that fits this machine, and is otherwise as it stands in the file', async () => {
    const objects = await readKustomization(join(MANIFESTS, 'install'));

    const [deployment] = fitted(objects, installation).filter(({ kind }) => kind === 'Deployment');

    const text = JSON.stringify(deployment);
    const pod = (deployment as unknown as { spec: { template: { spec: Record<string, unknown> } } }).spec.template.spec;
    expect(pod['securityContext']).toMatchObject({ supplementalGroups: [123], runAsNonRoot: true });
    expect(pod['containers']).toMatchObject([{ image: 'qbo/operator:abc' }]);
    for (const value of ['"two"', '"two-management"', '"/run/qbo-engine/engine.sock"', '"qbo.example"', '"9701"'])
      expect(text).toContain(value);
    expect(text).toContain('"fieldPath":"metadata.namespace"');
    expect(fitted(objects, installation)).toHaveLength(objects.length);
  });
});

test('the bridge that we ship for the cluster asks who comes, with settings that it takes', async () => {
  const objects = await readKustomization(join(MANIFESTS, 'bridge'));
  expect(objects.map(({ kind }) => kind)).toEqual(['Deployment', 'Service']);
  const { spec } = objects[0] as unknown as {
    spec: { template: { spec: { containers: { args: string[]; env: { name: string; value?: string }[] }[] } } };
  };
  const [container] = spec.template.spec.containers;
  const environment = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  const config = readConfig(environment);
  expect(container?.args).toEqual(['api']);
  expect(Object.keys(environment).filter((name) => !(name in config))).toEqual([]);
  expect(() => {
    assertMayListen({ address: config.QBO_API_ADDRESS, port: config.QBO_API_PORT }, config.QBO_API_AUTH !== 'none');
  }).not.toThrow();
});

const manifestsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((file) => file.endsWith('.yaml')).map((file) => join(folder, file));

test('every user that we ship is one that the API accepts, in whole', async () => {
  const objects = await Promise.all((await manifestsIn(join(MANIFESTS, 'samples', 'users'))).map(readManifest));
  expect(objects.flat().length).toBeGreaterThan(0);
  for (const object of objects.flat()) {
    const { spec } = object as ApplyConfiguration & { readonly spec: object };
    const admitted = admit<User>(UserKind, object);
    expect(admitted).toMatchObject({ ok: true, object: { spec: { ...spec, access: 'Allowed' } } });
  }
});

test('pools and load balancers that we ship are ones that the API accepts', async () => {
  const samples = await manifestsIn(join(MANIFESTS, 'samples', 'balancing'));
  const objects = await Promise.all([join(MANIFESTS, 'default-address-pool.yaml'), ...samples].map(readManifest));
  expect(objects.flat().map(({ kind }) => kind)).toEqual(['AddressPool', 'AddressPool', 'LoadBalancer']);
  for (const object of objects.flat()) {
    const admitted =
      object.kind === 'AddressPool'
        ? admit<AddressPool>(AddressPoolKind, object)
        : admit<LoadBalancer>(LoadBalancerKind, object);
    expect(admitted).toMatchObject({ ok: true });
  }
});

describe('every cluster that we ship', () => {
  const folder = join(MANIFESTS, 'samples');

  test('is one that the API accepts, in whole and without a field that it would drop', async () => {
    const files = await manifestsIn(folder);
    expect(files.length).toBeGreaterThan(1);

    for (const file of [...files, join(MANIFESTS, 'dev-cluster.yaml')]) {
      for (const object of await readManifest(file)) {
        const admitted = admit<Cluster>(ClusterKind, object);
        expect(admitted).toMatchObject({ ok: true, object });
      }
    }
  });

  test('has a name of its own', async () => {
    const objects = await Promise.all((await manifestsIn(folder)).map(readManifest));
    const names = objects.flat().map(({ metadata }) => metadata.name);

    expect(new Set([...names, 'dev']).size).toBe(names.length + 1);
  });
});

describe('a cluster', () => {
  const cluster = (status: NonNullable<Cluster['status']>): Cluster => ({
    ...(
      admit<Cluster>(ClusterKind, {
        apiVersion: 'qbo.io/v1alpha1',
        kind: 'Cluster',
        metadata: { name: 'dev', generation: 2 },
      }) as unknown as { object: Cluster }
    ).object,
    status,
  });
  const ready = (status: 'True' | 'False', observedGeneration: number) => ({
    type: 'Ready',
    status,
    reason: 'Why',
    message: 'the words',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration,
  });

  test('is ready only when it says so of its present generation', () => {
    expect(readiness(cluster({ conditions: [ready('True', 2)] }))).toMatchObject({ isReady: true });
    expect(readiness(cluster({ conditions: [ready('True', 1)] }))).toMatchObject({ isReady: false });
    expect(readiness(cluster({ conditions: [ready('False', 2)] }))).toMatchObject({
      isReady: false,
      message: 'the words',
    });
  });

  test('that nobody took up waits for the operator', () => {
    expect(readiness(undefined)).toEqual({ isReady: false, isStalled: false, message: 'waits for the operator' });
  });

  test('says when it waits for a person', () => {
    const stalled = { ...ready('True', 2), type: 'Stalled' };

    expect(readiness(cluster({ conditions: [ready('False', 2), stalled] })).isStalled).toBe(true);
  });
});

describe('the operator is rolled out', () => {
  const deployment = (status: object) =>
    isRolledOut({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', generation: 2 }, status });

  test('when its newest pod, and no other, is available', () => {
    const done = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

    expect(deployment(done)).toBe(true);
    expect(deployment({ ...done, observedGeneration: 1 })).toBe(false);
    expect(deployment({ ...done, replicas: 2 })).toBe(false);
    expect(deployment({ ...done, updatedReplicas: 0 })).toBe(false);
    expect(deployment({ observedGeneration: 2 })).toBe(false);
  });
});

test('the management objects are admitted by the API that they are put into', async () => {
  const { createObjects, managementObjects } = await import('../management/objects.ts');
  const { managementKinds } = await import('../management/bring-up.ts');
  const server = new MemoryApiServer({ clock: new FakeClock(), kinds: managementKinds() });
  const objects = managementObjects(instanceOf({}), 'qbo/node:v1');
  const { signal } = new AbortController();

  await createObjects(server.client(), objects, signal);

  const stored = await server.client().get(ClusterKind, { namespace: 'qbo-system', name: 'qbo-management' }, signal);
  expect(stored?.spec).toMatchObject({ workers: 0, controlPlanes: 1, image: 'qbo/node:v1' });
  expect(managementObjects(instanceOf({}))).toEqual(managementObjects(instanceOf({})));
});
