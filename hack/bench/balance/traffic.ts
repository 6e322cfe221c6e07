import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chooseDataplane } from '../../../controllers/backends/dataplane/choose.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { Lab } from '../../../test/fixtures/netns/lab.ts';
import type { Endpoint } from '../../../test/fixtures/netns/lab.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../kernel-tools/ensure-kernel-tools.ts';
import { figures } from '../report.ts';
import type { Results } from '../report.ts';

const { signal } = new AbortController();
const VIP = '172.31.255.10';
const CONNECTIONS_AT_ONCE = 16;

interface Measured {
  readonly requests_per_s: number;
  readonly p99_ms: number;
}

/**
 * New connections with one request each, from a client through a host to a member: straight, through the balancer, and
 * through haproxy on the host, one after the other in the same run and network namespaces.
 */
export async function benchBalanceTraffic(seconds: number): Promise<Results> {
  await ensureKernelTools([...NETFILTER_TOOLS, '/usr/sbin/haproxy']);
  const lab = await Lab.make();
  const proxy = await startProxy(lab);
  try {
    const tools = localTools({ prefix: lab.host.prefix });
    const choice = { tools, clock: new SystemClock(), instance: 'bench', kind: 'Auto' as const };
    const dataplane = await chooseDataplane(choice, signal);
    const { kind } = await dataplane.describe(signal);
    const members = ['10.98.1.11', '10.98.1.12'].map((address) => ({ address, port: 8080, weight: 1 }));
    const service = { owner: 'bench', protocol: 'TCP', address: VIP, port: 80, scheduler: 'rr' } as const;
    await dataplane.apply(
      {
        addresses: [{ address: VIP, interface: 'br-a' }],
        services: [{ ...service, forwarding: 'Masquerade', keepsSource: true, members }],
      },
      signal,
    );
    const straight = await load(lab, { address: '10.98.1.11', port: 8080 }, seconds);
    const balanced = await load(lab, { address: VIP, port: 80 }, seconds);
    const proxied = await load(lab, { address: '192.0.2.1', port: 8081 }, seconds);
    return report(kind, { straight, balanced, proxied });
  } finally {
    proxy.stop();
    await lab.remove();
    await rm(proxy.folder, { recursive: true });
  }
}

function report(kind: string, all: Readonly<Record<'straight' | 'balanced' | 'proxied', Measured>>): Results {
  const { straight, balanced, proxied } = all;
  process.stdout.write(
    `${figures(`Connections with one request each, balanced by ${kind}:`, [
      { name: 'straight to a member', value: straight.requests_per_s, unit: '/s' },
      { name: 'through the balancer', value: balanced.requests_per_s, unit: '/s' },
      { name: 'through haproxy', value: proxied.requests_per_s, unit: '/s' },
      { name: 'straight, p99', value: straight.p99_ms, unit: 'ms' },
      { name: 'balancer, p99', value: balanced.p99_ms, unit: 'ms' },
      { name: 'haproxy, p99', value: proxied.p99_ms, unit: 'ms' },
      { name: 'balancer / straight', value: balanced.requests_per_s / straight.requests_per_s, unit: '' },
      {
        ...{ name: 'balancer / haproxy', value: balanced.requests_per_s / proxied.requests_per_s, unit: '' },
        ...{ target: 1, atLeast: true },
      },
    ])}\n`,
  );
  return { lb_traffic: { kind, ...all } };
}

const LOAD = `
const [host, port, seconds, atOnce] = process.argv.slice(1);
const end = performance.now() + 1000 * seconds;
const times = [];
let failed = 0;
const once = () => new Promise((resolve) => {
  const begun = performance.now();
  const socket = require('net').connect({ host, port: +port, noDelay: true });
  socket.on('connect', () => socket.write('x'));
  socket.on('data', () => { times.push(performance.now() - begun); socket.destroy(); resolve(); });
  socket.on('error', () => { failed++; resolve(); });
});
const worker = async () => { while (performance.now() < end) await once(); };
Promise.all(Array.from({ length: +atOnce }, worker)).then(() => {
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ count: times.length, failed, p99: times[Math.floor(times.length * 0.99)] ?? 0 }));
});
`;

async function load(lab: Lab, { address, port }: Endpoint, seconds: number): Promise<Measured> {
  const settings = [address, String(port), String(seconds), String(CONNECTIONS_AT_ONCE)];
  const { count, failed, p99 } = (await lab.client.node(LOAD, ...settings)) as Record<
    'count' | 'failed' | 'p99',
    number
  >;
  if (failed > 0) throw new Error(`${String(failed)} connections to ${address}:${String(port)} failed`);
  return { requests_per_s: count / seconds, p99_ms: p99 };
}

async function startProxy(lab: Lab): Promise<{ readonly folder: string; stop(): void }> {
  const folder = await mkdtemp(join(tmpdir(), 'qbo-haproxy-'));
  const configuration = join(folder, 'haproxy.cfg');
  await writeFile(
    configuration,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen bench
  bind 192.0.2.1:8081
  server a1 10.98.1.11:8080
  server a2 10.98.1.12:8080
`,
  );
  const [ip, ...args] = [...lab.host.prefix, '/usr/sbin/haproxy', '-db', '-f', configuration];
  const child = spawn(ip ?? 'ip', args, { stdio: 'ignore' });
  return { folder, stop: () => void child.kill('SIGKILL') };
}
