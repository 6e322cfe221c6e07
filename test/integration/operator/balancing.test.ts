import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ServiceType, SecretType } from '../../../controllers/kube/kinds.ts';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { clusterManifest, inDefault } from '../../fixtures/operator/objects.ts';
import { BALANCING_RIGHTS, RightsSeen } from '../../fixtures/operator/rights.ts';
import { service } from '../../fixtures/world/workload.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');

describe('load balancers on a real API server, with the rights that the operator is shipped with', () => {
  const rights = new RightsSeen();
  let installation: MemoryInstallation;
  let workload: KubeClient;

  beforeAll(async () => {
    installation = await MemoryInstallation.start();
    installation.run(rights.asSeen);
    await installation.apply(clusterManifest('dev', { workers: 2 }));
    await installation.kubectl('wait', '--for=condition=Ready', 'cluster/dev', '--timeout=60s');
    // The world in memory knows nodes' addresses only; from here on the kubeconfig leads to another.
    workload = installation.connect(await kubeconfig());
  });

  afterAll(async () => installation?.remove());

  const kubeconfig = async (): Promise<string> => {
    const secret = await installation.kube.get(SecretType, inDefault('dev-kubeconfig'), signal);
    return Buffer.from(secret?.data?.['value'] ?? '', 'base64').toString();
  };
  const columns = async (...args: readonly string[]): Promise<string[]> =>
    (await installation.kubectl('get', ...args, '--no-headers')).trim().split(/\s+/);

  test('the pool that is shipped gets a network, and the API server its address there', async () => {
    await installation.kubectl('apply', '--server-side', '-f', join(MANIFESTS, 'default-address-pool.yaml'));
    await installation.kubectl('wait', '--for=condition=Ready', 'addresspool/default', '--timeout=30s');
    await installation.kubectl('wait', '--for=condition=Published', 'cluster/dev', '--timeout=30s');
    expect((await columns('qlb', 'dev-api')).slice(0, 6)).toEqual([
      'dev-api',
      'True',
      '172.31.255.2',
      '6443',
      'dev',
      '1',
    ]);
    const pool = await eventually(
      'the pool counts it',
      async () => {
        const found = await columns('addresspools', 'default');
        return found[6] === '1' && found;
      },
      { timeoutMs: 10_000 },
    );
    expect(pool.slice(0, 3)).toEqual(['default', 'True', 'Automatic']);
    expect(pool.slice(4, 7)).toEqual(['172.31.255.0/24', '253', '1']);
    await eventually('the kubeconfig follows', async () => (await kubeconfig()).includes('https://172.31.255.2:6443'), {
      timeoutMs: 10_000,
    });
  });

  test('a Service in the cluster is served, and nothing of it stays when it goes', async () => {
    await workload.apply(ServiceType, { ...service('echo') }, { fieldManager: 'user' }, signal);
    const ingress = await eventually(
      'the Service has an address',
      async () => {
        const found = await workload.get(ServiceType, inDefault('echo'), signal);
        return found?.status?.loadBalancer?.ingress?.[0]?.ip;
      },
      { timeoutMs: 5_000, everyMs: 50 },
    );
    expect(ingress).toBe('172.31.255.2');
    const served = installation.dataplane.state.services.find(({ port }) => port === 80);
    expect(served?.members.map(({ port, weight }) => [port, weight])).toEqual([
      [30_080, 1],
      [30_080, 1],
    ]);
    await workload.delete(ServiceType, inDefault('echo'), {}, signal);
    await eventually('it is gone', () => Promise.resolve(installation.dataplane.state.services.length === 1), {
      timeoutMs: 10_000,
    });
  });

  test('what users declare is taken in, a clash of ports is told, and all is let go', async () => {
    const manifest = (name: string, port: number) => ({
      apiVersion: 'qbo.io/v1alpha1',
      kind: 'LoadBalancer',
      metadata: { name, namespace: 'default' },
      spec: { address: '172.31.255.9', ports: [{ port }], members: [{ address: '198.51.100.1' }] },
    });
    await installation.apply(manifest('db', 5432));
    await installation.kubectl('wait', '--for=condition=Ready', 'qlb/db', '--timeout=30s');
    await installation.apply(manifest('late', 5432));
    await installation.kubectl('wait', '--for=condition=PortsReady=False', 'qlb/late', '--timeout=30s');
    await installation.kubectl('delete', 'qlb', 'db', '--timeout=30s');
    await installation.kubectl('wait', '--for=condition=Ready', 'qlb/late', '--timeout=30s');
    await installation.kubectl('delete', 'qlb', 'late', '--timeout=30s');
    expect(installation.dataplane.state.services).toHaveLength(1);
  });

  test('with the cluster go its load balancers, and then the pool with its network', async () => {
    await installation.kubectl('delete', 'cluster/dev', '--timeout=60s');
    expect(await installation.kubectl('get', 'qlb', '-A', '-o', 'name')).toBe('');
    await installation.kubectl('delete', 'addresspool/default', '--timeout=30s');
    expect(installation.engine.look().networks).toEqual([]);
    expect(installation.dataplane.state).toEqual({ addresses: [], services: [] });
  });

  test('was never refused anything, and uses every right that it has for this', () => {
    expect(rights.refused).toEqual([]);
    expect(BALANCING_RIGHTS.filter((right) => !rights.used.has(right))).toEqual([]);
  });
});
