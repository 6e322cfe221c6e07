import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import type { Pod, Service } from '../../controllers/kube/kinds.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import { engineReference, shortImage } from './image-name.ts';
import { imageRows } from './image.ts';
import { ownersOf } from './owner.ts';
import { podRow } from './pod.ts';
import { serviceRows } from './service.ts';
import { clusterState, nodeState } from './state.ts';

const is = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));
const node = (status: object, spec: object = {}): Node => ({ spec: { power: 'Running', ...spec }, status }) as Node;
const cluster = (status: object): Cluster => ({ spec: {}, status }) as Cluster;

test.each([
  ['nothing is there yet', node({}), 'created'],
  ['its container was made and has not run', node({ power: 'Stopped', containerID: 'c' }), 'created'],
  ['it runs', node({ power: 'Running', containerID: 'c', conditions: is('Bootstrapped') }), 'running'],
  ['its cluster calls it Ready', node({ power: 'Running', containerID: 'c', conditions: is('Ready') }), 'ready'],
  ['it is stopped', node({ power: 'Stopped', containerID: 'c', conditions: is('Bootstrapped') }), 'exited'],
  ['it is frozen', node({ power: 'Paused', containerID: 'c', conditions: is('Bootstrapped') }), 'paused'],
])('a node of which %s', (_, object, state) => {
  expect(nodeState(object)).toBe(state);
});

test.each([
  [cluster({}), 'created'],
  [cluster({ power: 'Starting', address: '172.18.0.3' }), 'running'],
  [cluster({ power: 'Running', address: '172.18.0.3', conditions: is('Ready') }), 'ready'],
  [cluster({ power: 'Stopped', address: '172.18.0.3' }), 'exited'],
  [cluster({ power: 'Paused', address: '172.18.0.3' }), 'paused'],
])('a cluster %j is %s', (object, state) => {
  expect(clusterState(object)).toBe(state);
});

describe('a pod', () => {
  const home = { name: 'dev', id: 'u', user: 'alice', nodeState: () => 'ready' };
  const pod = (status: Pod['status'], metadata: object = {}): Stored<Pod> =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default', uid: 'x', resourceVersion: '1', creationTimestamp: '', ...metadata },
      spec: { containers: [] },
      status,
    }) as Stored<Pod>;
  const container = (state: object, ready = false) => ({ name: 'c', ready, restartCount: 0, state });

  test.each([
    ['Pending', pod({ phase: 'Pending' })],
    [
      'ContainerCreating',
      pod({ phase: 'Pending', containerStatuses: [container({ waiting: { reason: 'ContainerCreating' } })] }),
    ],
    ['Init:PodInitializing', pod({ phase: 'Pending', initContainerStatuses: [container({ running: {} })] })],
    [
      'Init:ErrImagePull',
      pod({ phase: 'Pending', initContainerStatuses: [container({ waiting: { reason: 'ErrImagePull' } })] }),
    ],
    [
      'PodInitializing',
      pod({
        phase: 'Pending',
        initContainerStatuses: [container({ terminated: { exitCode: 0, reason: 'Completed' } })],
        containerStatuses: [container({ waiting: { reason: 'PodInitializing' } })],
      }),
    ],
    ['Running', pod({ phase: 'Running', containerStatuses: [container({ running: {} }, true)] })],
    [
      'CrashLoopBackOff',
      pod({
        phase: 'Running',
        containerStatuses: [container({ running: {} }), container({ waiting: { reason: 'CrashLoopBackOff' } })],
      }),
    ],
    [
      'Succeeded',
      pod({ phase: 'Succeeded', containerStatuses: [container({ terminated: { exitCode: 0, reason: 'Completed' } })] }),
    ],
    ['Error', pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 1 } })] })],
    [
      'OOMKilled',
      pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 137, reason: 'OOMKilled' } })] }),
    ],
    ['Terminating', pod({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ])('says %s', (status, object) => {
    expect(podRow(object, home).status).toBe(status);
  });

  test('is ready and started when all its containers are', () => {
    const of = (...containers: object[]) => {
      const { ready, started } = podRow(pod({ phase: 'Running', containerStatuses: containers as never }), home);
      return [ready, started];
    };
    expect(of(container({ running: {} }, true), container({ running: {} }, true))).toEqual([1, 1]);
    expect(of(container({ running: {} }, true), container({ running: {} }))).toEqual([0, 1]);
    expect(of(container({ running: {} }, true), container({ waiting: {} }))).toEqual([0, 0]);
    expect(of()).toEqual([0, 0]);
  });
});

describe('a service', () => {
  const home = { name: 'dev', id: 'u', user: 'alice', nodeState: () => '' };
  const service = (spec: object, status: object = {}): Stored<Service> =>
    ({ metadata: { name: 's', namespace: 'default', uid: 'x' }, spec, status }) as unknown as Stored<Service>;

  test('without ports is one row all the same', () => {
    expect(serviceRows(service({ type: 'ExternalName', externalName: 'example.com' }), home)).toEqual([
      expect.objectContaining({
        type: 'ExternalName',
        external_address: 'example.com',
        port_number: 0,
        protocol: 'TCP',
      }),
    ]);
  });

  test.each([
    [{ loadBalancer: { ingress: [{ ip: '10.0.0.9' }] } }, {}, '10.0.0.9'],
    [{ loadBalancer: { ingress: [{ hostname: 'lb.example.com' }] } }, {}, 'lb.example.com'],
    [{}, { externalIPs: ['10.0.0.8', '10.0.0.7'] }, '10.0.0.8'],
    [{}, {}, ''],
  ])('with %j and %j is reached at %j', (status, spec, address) => {
    expect(serviceRows(service({ ...spec, ports: [{ port: 80 }] }, status), home)[0]).toMatchObject({
      external_address: address,
      target_port: 80,
      node_port: 0,
    });
  });
});

test.each([
  ['kindest/node:v1.27.2', 'kindest/node:v1.27.2', 'kindest/node:v1.27.2'],
  ['hub.docker.com/kindest/node:v1.27.2', 'kindest/node:v1.27.2', 'kindest/node:v1.27.2'],
  ['docker.io/kindest/node:v1@sha256:abc', 'kindest/node:v1', 'kindest/node:v1@sha256:abc'],
  ['registry.example.com:5000/team/node:v1', 'team/node:v1', 'registry.example.com:5000/team/node:v1'],
  ['localhost/node', 'node', 'localhost/node'],
  ['kindest/node@sha256:abc', 'kindest/node@sha256:abc', 'kindest/node@sha256:abc'],
  ['', '', ''],
])('image %j is %j in a row and %j to the engine', (reference, short, engine) => {
  expect(shortImage(reference)).toBe(short);
  expect(engineReference(reference)).toBe(engine);
});

test('images are sorted by name and then by tag, the last first, and are there once', () => {
  const tags = imageRows([
    'b/node:v1',
    'a/node:v1.24.7',
    'a/node:v1.24.13',
    'docker.io/a/node:v1.24.7',
    'a/node@sha256:x',
  ]);
  expect(tags.map(({ name }) => name)).toEqual([
    'hub.docker.com/a/node:v1.24.7',
    'hub.docker.com/a/node:v1.24.13',
    'hub.docker.com/b/node:v1',
  ]);
  expect(imageRows(['busybox:1'])[0]).toMatchObject({ user: 'library', image: 'busybox' });
});

test('a namespace is its owner’s e-mail, else the name in it', () => {
  const owners = ownersOf([
    { namespace: 'qbo-alice', email: 'alice@example.com', name: 'alice' },
    { namespace: 'team', email: '', name: 'bob' },
  ]);
  expect(['qbo-alice', 'team', 'qbo-carol', 'other'].map(owners)).toEqual([
    'alice@example.com',
    'bob',
    'carol',
    'other',
  ]);
});
