import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Member, VirtualService } from '../../../controllers/backends/dataplane.ts';
import { IpvsDataplane } from '../../../controllers/backends/dataplane/ipvs/dataplane.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, IPVS_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { conversations, serviceOf, VIP, web } from '../../fixtures/netns/balanced.ts';
import { ask, serveAs, tally } from '../../fixtures/netns/lab.ts';
import type { Conversation } from '../../fixtures/netns/lab.ts';
import { Namespace } from '../../fixtures/netns/namespace.ts';
import { Kernel } from '../../fixtures/uml/kernel.ts';
import { kernelTools } from '../../fixtures/uml/tools.ts';

jest.setTimeout(120_000);

/**
 * Clients and members are network namespaces on one wire; the host between them is a kernel that has ip_vs:
 *
 *     client 10.96.0.9 ── 10.96.0.2 kernel 10.97.0.2 ── a1 10.97.0.11, a2 10.97.0.12
 */
const { signal } = new AbortController();
const a1: Member = { address: '10.97.0.11', port: 8080, weight: 1 };
const a2: Member = { address: '10.97.0.12', port: 8080, weight: 1 };

let wire: Namespace;
/** For rules of nftables, which must not meet what goes over the wire. */
let beside: Namespace;
let client: Namespace;
const members: Namespace[] = [];
let kernel: Kernel;
let dataplane: IpvsDataplane;

beforeAll(async () => {
  await ensureKernelTools(IPVS_TOOLS);
  beside = await Namespace.make('beside');
  wire = await Namespace.make('wire');
  await wire.sh(`ip link add br0 type bridge forward_delay 0; ip link set br0 up
    ip link add uml type veth peer name port; ip link set port master br0 up; ip link set uml up
    sysctl -qw net.ipv6.conf.uml.disable_ipv6=1`);
  client = await join('client', '10.96.0.9/24', '10.96.0.2');
  for (const [at, name] of ['a1', 'a2'].entries()) {
    const member = await join(name, `10.97.0.1${String(at + 1)}/24`, '10.97.0.2');
    await serveAs(member, name);
    members.push(member);
  }
  kernel = await Kernel.boot({ prefix: wire.prefix, interfaces: ['uml'] });
  await kernel.sh(`ip addr add 10.96.0.2/24 dev vec0; ip addr add 10.97.0.2/24 dev vec0; ip link set vec0 up
    ip link add lb0 type dummy; ip link set lb0 up
    sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.vec0.send_redirects=0`);
  const tools = kernelTools(kernel, localTools({ prefix: beside.prefix }));
  dataplane = new IpvsDataplane({ tools, mark: markOf('traffic'), clock: new SystemClock(), why: 'a test' });
});

afterAll(async () => {
  await kernel.halt();
  await Promise.all([wire, beside, client, ...members].map((namespace) => namespace.remove()));
});

async function join(name: string, address: string, gateway: string): Promise<Namespace> {
  const machine = await Namespace.make(name);
  await wire.sh(
    `ip link add ${name} type veth peer name eth0 netns ${machine.name}; ip link set ${name} master br0 up`,
  );
  await machine.sh(`ip addr add ${address} dev eth0; ip link set eth0 up; ip route add default via ${gateway}`);
  return machine;
}

const service = serviceOf(a1, a2);

const apply = (...services: readonly VirtualService[]): Promise<unknown> =>
  dataplane.apply({ addresses: [{ address: VIP, interface: 'lb0' }], services }, signal);

const begin = conversations();
const talk = (protocol: 'tcp' | 'udp' = 'tcp'): Conversation => begin(client, web, protocol);

test('connections are spread in turn and by weight, members see who asks, and are counted', async () => {
  await apply(service());
  const answers = await ask(client, web, 20);
  expect(tally(answers)).toEqual({ a1: 10, a2: 10 });
  expect(answers).toContain('a1 10.96.0.9');
  await apply(service({ scheduler: 'wrr', members: [{ ...a1, weight: 3 }, a2] }));
  expect(tally(await ask(client, web, 20))).toEqual({ a1: 15, a2: 5 });
  // Counters are summed up every two seconds.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const counters = (await dataplane.read(signal)).counters.get(`TCP ${VIP}:80`);
  expect(counters?.connections).toBe(40);
  expect(counters?.outbound.bytes).toBeGreaterThan(40 * 60);
});

test('an established connection goes on while its member drains, and new ones avoid that member', async () => {
  await apply(service({ members: [a1] }));
  const talking = talk();
  expect(await talking.say('one')).toBe('a1 10.96.0.9 one');
  await apply(service({ members: [{ ...a1, weight: 0 }, a2] }));
  expect(tally(await ask(client, web, 6))).toEqual({ a2: 6 });
  expect(await talking.say('two')).toBe('a1 10.96.0.9 two');
});

test('an established connection goes on when all rules are flushed and come back', async () => {
  await apply(service({ members: [a1] }));
  const talking = talk();
  expect(await talking.say('one')).toBe('a1 10.96.0.9 one');
  await kernel.sh('ipvsadm -C');
  await apply(service({ members: [a1] }));
  expect(await talking.say('two')).toBe('a1 10.96.0.9 two');
});

test('a client with persistence keeps its member, and leaves one that drains', async () => {
  await apply(service({ persistenceSeconds: 300 }));
  const first = tally(await ask(client, web, 6));
  expect(Object.values(first)).toEqual([6]);
  const its = 'a1' in first ? a1 : a2;
  const other = its === a1 ? a2 : a1;
  await apply(service({ persistenceSeconds: 300, members: [{ ...its, weight: 0 }, other] }));
  expect(tally(await ask(client, web, 6))).toEqual({ [other === a1 ? 'a1' : 'a2']: 6 });
});

test('datagrams find another member when theirs is gone, from the same socket', async () => {
  await apply(service({ protocol: 'UDP', members: [a1] }));
  const talking = talk('udp');
  expect(await talking.say('one')).toBe('a1 10.96.0.9 one');
  await apply(service({ protocol: 'UDP', members: [a2] }));
  // The first one tells the kernel that the member is gone.
  await talking.say('lost');
  expect(await talking.say('two')).toMatch(/^a2 10\.96\.0\.9/);
});
