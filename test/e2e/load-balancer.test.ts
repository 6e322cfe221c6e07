import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { markOf } from '../../controllers/backends/dataplane/mark.ts';
import { ServiceType } from '../../controllers/kube/kinds.ts';
import { run } from '../../hack/console/run.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../hack/kernel-tools/ensure-kernel-tools.ts';
import { GONE_MS, Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(400_000);

const KEY = inDefault('lab');
const DNS = { namespace: 'kube-system', name: 'dns' };
const POOL = join(import.meta.dirname, '..', '..', 'manifests', 'default-address-pool.yaml');
const signal = AbortSignal.timeout(30 * 60_000);

/** Every cluster has a server of UDP and of HTTP: its DNS, which tells by HTTP whether it is ready. */
const dnsService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: DNS,
  spec: {
    type: 'LoadBalancer',
    selector: { 'k8s-app': 'kube-dns' },
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
      { name: 'ready', protocol: 'TCP', port: 80, targetPort: 8181 },
    ],
  },
};

/** A question for the address of kubernetes.default.svc.cluster.local. */
const QUESTION = Buffer.concat([
  Buffer.from('abcd01000001000000000000', 'hex'),
  ...['kubernetes', 'default', 'svc', 'cluster', 'local'].map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  ),
  Buffer.from('0000010001', 'hex'),
]);

/** The number of answers that come back. */
function ask(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const end = (settle: () => void): void => {
      clearTimeout(limit);
      socket.close();
      settle();
    };
    const limit = setTimeout(() => end(() => reject(new Error('no answer'))), 2_000);
    socket.once('message', (message) => end(() => resolve(message.readUInt16BE(6))));
    socket.once('error', (error) => end(() => reject(error)));
    socket.send(QUESTION, 53, address);
  });
}

const isReady = async (address: string): Promise<boolean> =>
  (await fetch(`http://${address}/ready`, { signal: AbortSignal.timeout(2_000) })).ok;

describe('load balancers, on real clusters and with real traffic', () => {
  let installation: Installation;
  let workload: Workload;
  let address = '';

  beforeAll(async () => {
    await ensureKernelTools(NETFILTER_TOOLS);
    installation = await Installation.start();
    await installation.kubectl('apply', '--server-side', '-f', POOL);
    await installation.apply(clusterManifest('lab', { image: installation.image, workers: 1 }));
    await installation.untilReady(KEY);
  });

  afterAll(async () => installation?.remove());

  test('the API server answers on an address of the pool, and the kubeconfig leads there', async () => {
    await installation.untilCondition(() => installation.cluster(KEY), { type: 'Published', status: 'True' });
    const cluster = await installation.until('the endpoint is published', async () => {
      const found = await installation.cluster(KEY);
      return found?.status?.endpoint?.startsWith('https://172.31.') === true && found;
    });
    address = new URL(cluster.status?.endpoint ?? '').hostname;
    workload = await installation.until('the kubeconfig follows', async () => {
      const found = await installation.workload(KEY);
      return (await found.kubectl('config', 'view')).includes(address) && found;
    });
    expect(await workload.kubectl('get', 'nodes', '-o', 'name')).toContain('node/control-');
  });

  test('a Service answers on that address, by UDP and by TCP, from this host', async () => {
    await workload.client.apply(ServiceType, dnsService, { fieldManager: 'e2e' }, signal);
    const startedAt = performance.now();
    const shown = await installation.until(
      'the Service has its address',
      async () => (await workload.client.get(ServiceType, DNS, signal))?.status?.loadBalancer?.ingress?.[0]?.ip,
    );
    process.stderr.write(`    The address was there after ${String(Math.round(performance.now() - startedAt))} ms\n`);
    expect(shown).toBe(address);
    await installation.until('it answers by TCP', () => isReady(address));
    expect(await installation.until('it answers by UDP', () => ask(address))).toBe(1);
  });

  test('it answers again when the cluster was stopped and started, on the same address', async () => {
    await installation.kubectl('patch', 'cluster/lab', '--type=merge', '-p', '{"spec":{"power":"Stopped"}}');
    await installation.untilCondition(() => installation.cluster(KEY), { type: 'Ready', reason: 'Stopped' });
    await installation.kubectl('patch', 'cluster/lab', '--type=merge', '-p', '{"spec":{"power":"Running"}}');
    await installation.untilReady(KEY);
    await installation.until('it answers by TCP', () => isReady(address), 120_000);
    expect(await installation.until('it answers by UDP', () => ask(address))).toBe(1);
  });

  test('what somebody flushes is back, and a Service of another type answers no more', async () => {
    await run(['nft', 'flush', 'table', 'inet', markOf(installation.instance).table]);
    await installation.until('it answers again', () => isReady(address));
    await workload.client.mergePatch(ServiceType, DNS, { spec: { type: 'ClusterIP' } }, signal);
    await installation.until('it is given back', async () => {
      const found = await installation.kubectl('get', 'qlb', '-o', 'name');
      return !found.includes('-dns-');
    });
    await expect(isReady(address)).rejects.toThrow();
  });

  test('nothing stays when cluster and pool are deleted', async () => {
    await installation.kubectl('delete', 'cluster/lab', `--timeout=${String(GONE_MS / 1000)}s`);
    await installation.kubectl('delete', 'addresspool/default', '--timeout=60s');
    expect(await installation.residue()).toEqual([]);
    expect((await run(['ip', 'addr', 'show'])).stdout).not.toContain(`${address}/32`);
  });
});
