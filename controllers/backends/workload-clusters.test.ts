import { expect, test } from '@jest/globals';
import type { KubeClient } from '../kube/client.ts';
import { memoryWorkloadClusters, serverOf } from './memory/workload-clusters.ts';
import { workloadClusters } from './workload-clusters.ts';

/** Clients that only know who they are and whether they were closed. */
function clients() {
  const closed: string[] = [];
  const made: string[] = [];
  const clientOf = (kubeconfig: string): KubeClient => {
    made.push(kubeconfig);
    return { close: () => closed.push(kubeconfig) } as unknown as KubeClient;
  };
  return { clientOf, made, closed };
}

test('one kubeconfig is one client', () => {
  const { clientOf, made } = clients();
  const clusters = workloadClusters({ clientOf });
  expect(clusters.connect('a')).toBe(clusters.connect('a'));
  expect(clusters.connect('b')).not.toBe(clusters.connect('a'));
  expect(made).toEqual(['a', 'b']);
});

test('the client that was not asked for the longest is closed when there are too many', () => {
  const { clientOf, closed, made } = clients();
  const clusters = workloadClusters({ clientOf, limit: 2 });
  for (const kubeconfig of ['a', 'b', 'a', 'c']) clusters.connect(kubeconfig);
  expect(closed).toEqual(['b']);
  clusters.connect('b');
  expect(closed).toEqual(['b', 'a']);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});

test('closing closes every client', () => {
  const { clientOf, closed } = clients();
  const clusters = workloadClusters({ clientOf });
  clusters.connect('a');
  clusters.connect('b');
  clusters.close();
  expect(closed).toEqual(['a', 'b']);
});

const kubeconfig = `
current-context: second
contexts:
  - {name: first, context: {cluster: one, user: u}}
  - {name: second, context: {cluster: two, user: u}}
clusters:
  - {name: one, cluster: {server: 'https://172.18.0.3:6443'}}
  - {name: two, cluster: {server: 'https://172.18.1.3:6443'}}
`;

test('a kubeconfig leads to the server of its current context', () => {
  expect(serverOf(kubeconfig)).toBe('https://172.18.1.3:6443');
  expect(serverOf(kubeconfig.replace('current-context: second', ''))).toBe('https://172.18.0.3:6443');
  expect(() => serverOf('')).toThrow('names no cluster');
});

test('clusters in memory are found by their servers', () => {
  const { clientOf, made } = clients();
  memoryWorkloadClusters(clientOf).connect(kubeconfig);
  expect(made).toEqual(['https://172.18.1.3:6443']);
});
