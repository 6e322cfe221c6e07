/** A Service of a real cluster: how long until it answers, and what one more costs in memory beside a container for each. */
import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { helperName } from '../../../controllers/backends/docker/dataplane-helper.ts';
import type { Installation } from '../../../test/fixtures/operator/installation.ts';
import type { Workload } from '../../../test/fixtures/operator/workload.ts';
import { step } from '../../console/progress.ts';
import { run } from '../../console/run.ts';
import { ensureEngine } from '../../engine/ensure-engine.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../kernel-tools/ensure-kernel-tools.ts';
import { ensureOperatorImage } from '../../operator-image/ensure-operator-image.ts';
import { CLUSTER, withCluster } from '../one-cluster.ts';
import { figures, type Results } from '../report.ts';
import { median } from '../result.ts';
import { ProxyContainers } from './proxy-containers.ts';

const POOL = join(import.meta.dirname, '..', '..', '..', 'manifests', 'default-address-pool.yaml');
const FIRST_PORT = 8_000;
const SETTLE_MS = 30_000;
const PROXIES = 5;

/** `rounds` Services, one after the other, and then `services` at once. */
export async function benchService(rounds: number, services: number): Promise<Results> {
  await ensureKernelTools([...NETFILTER_TOOLS, '/usr/sbin/haproxy']);
  // As it is shipped: a helper in the host's network balances, and its memory counts.
  const settings = { QBO_DATAPLANE_IMAGE: await ensureOperatorImage(await ensureEngine()) };
  const measure = async (installation: Installation): Promise<Results> => {
    const { address, workload } = await publish(installation);
    const timed: Timed[] = [];
    for (let round = 0; round < rounds; round++) timed.push(await time(workload, address, FIRST_PORT + round));
    const ours = await step(`Add ${String(services)} Services`, () =>
      memoryOfServices(installation, workload, { address, first: FIRST_PORT + rounds, services }),
    );
    const proxy = await step(`Start ${String(PROXIES)} containers with haproxy`, () => memoryOfProxies(installation));
    return report({ timed, ours, proxy, services });
  };
  return withCluster(measure, settings);
}

/** The address that the cluster's Services share, and a way in. */
async function publish(installation: Installation): Promise<{ readonly address: string; readonly workload: Workload }> {
  await installation.kubectl('apply', '--server-side', '-f', POOL);
  const address = await installation.until('the API server is published', async () => {
    const found = await installation.kubectl('get', 'qlb', `${CLUSTER.name}-api`, '-o', 'jsonpath={.status.address}');
    return found !== '' && found;
  });
  const workload = await installation.until('the kubeconfig leads there', async () => {
    const found = await installation.workload(CLUSTER);
    return (await found.kubectl('config', 'view')).includes(address) && found;
  });
  return { address, workload };
}

interface Timed {
  /** Until kubectl has ended. */
  readonly appliedMs: number;
  /** Until the first answer. */
  readonly answeredMs: number;
}

/** Both from the start of kubectl. */
async function time(workload: Workload, address: string, port: number): Promise<Timed> {
  const begun = performance.now();
  const since = (): number => performance.now() - begun;
  const applied = workload.apply(manifest(port)).then(since);
  const answered = untilAnswer(address, port).then(since);
  const [appliedMs, answeredMs] = await Promise.all([applied, answered]);
  return { appliedMs, answeredMs };
}

/** Every cluster has a server of HTTP: its DNS tells whether it is ready. */
const manifest = (port: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `bench-${String(port)}`, namespace: 'kube-system' },
  spec: { type: 'LoadBalancer', selector: { 'k8s-app': 'kube-dns' }, ports: [{ port, targetPort: 8181 }] },
});

const ANSWER_MS = 120_000;

async function untilAnswer(host: string, port: number): Promise<void> {
  const end = performance.now() + ANSWER_MS;
  while (!(await answers(host, port))) {
    if (performance.now() > end) throw new Error(`${host}:${String(port)} has not answered within 120 s`);
    await delay(10);
  }
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get({ host, port, path: '/ready', timeout: 500, agent: new Agent() }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy(new Error('No answer within 500 ms')));
    request.once('error', () => resolve(false));
  });

/** Growth of the operator and its helper for each Service. */
async function memoryOfServices(
  { operator, instance }: Installation,
  workload: Workload,
  { address, first, services }: { readonly address: string; readonly first: number; readonly services: number },
): Promise<number> {
  await delay(SETTLE_MS);
  const resident = async (): Promise<number> => {
    const pids = [operator.pid, ...(await processesOf(helperName(instance)))];
    return (await Promise.all(pids.map(residentOf))).reduce((sum, bytes) => sum + bytes, 0);
  };
  const before = await resident();
  const ports = Array.from({ length: services }, (_, index) => first + index);
  await workload.apply(...ports.map(manifest));
  for (const port of ports) await untilAnswer(address, port);
  await delay(SETTLE_MS);
  return ((await resident()) - before) / services;
}

async function memoryOfProxies({ image }: Installation): Promise<number> {
  await using proxies = await ProxyContainers.start(image, PROXIES);
  await delay(SETTLE_MS / 10);
  const pids = await proxies.processes();
  const each = await Promise.all(pids.map(proportionalOf));
  return each.reduce((sum, bytes) => sum + bytes, 0) / PROXIES;
}

async function processesOf(container: string): Promise<readonly number[]> {
  const { stdout } = await run(['docker', 'container', 'top', container, '-eo', 'pid']);
  return stdout.trim().split('\n').slice(1).map(Number);
}

const residentOf = (pid: number | undefined): Promise<number> => fieldOf(pid, 'Rss');
/** What it shares with others is divided among them: haproxy's own code is there once for all. */
const proportionalOf = (pid: number): Promise<number> => fieldOf(pid, 'Pss');

async function fieldOf(pid: number | undefined, field: 'Rss' | 'Pss'): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (kib === undefined) throw new Error(`/proc/${String(pid)}/smaps_rollup has no ${field}`);
  return Number(kib) * 1024;
}

function report(all: {
  readonly timed: readonly Timed[];
  readonly ours: number;
  readonly proxy: number;
  readonly services: number;
}): Results {
  const { timed, ours, proxy, services } = all;
  const answered = timed.map(({ answeredMs }) => answeredMs / 1000);
  const applied = median(timed.map(({ appliedMs }) => appliedMs / 1000));
  const kib = (bytes: number): number => bytes / 1024;
  process.stdout.write(
    `${figures('A Service of type LoadBalancer in a cluster of three nodes:', [
      { name: 'from kubectl apply to the first answer, median', value: median(answered), unit: 's', target: 2 },
      { name: 'the slowest', value: Math.max(...answered), unit: 's' },
      { name: 'kubectl alone, median', value: applied, unit: 's' },
      { name: `memory for each of ${String(services)}`, value: kib(ours), unit: 'KiB' },
      { name: 'one container with haproxy, and what runs it', value: kib(proxy), unit: 'KiB' },
      { name: 'ours / a container each', value: ours / proxy, unit: '', target: 1 },
    ])}\n`,
  );
  return {
    lb_service: {
      answered_s: answered,
      median_s: median(answered),
      kubectl_median_s: applied,
      services,
      memory_bytes: ours,
      container_bytes: proxy,
      ratio: ours / proxy,
    },
  };
}
