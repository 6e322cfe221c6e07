import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Applied, Member, VirtualService } from '../../../controllers/backends/dataplane.ts';
import { IpvsDataplane } from '../../../controllers/backends/dataplane/ipvs/dataplane.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, MACHINE_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { conversations, serviceOf, VIP, VIP6, web } from '../../fixtures/netns/balanced.ts';
import { ask, tally } from '../../fixtures/netns/lab.ts';
import type { Conversation } from '../../fixtures/netns/lab.ts';
import { MachineLab } from '../../fixtures/qemu/lab.ts';

jest.setTimeout(180_000);

/** IPVS and nftables in one kernel, as on most hosts: what the one balances, the other guards and translates. */
const { signal } = new AbortController();
const a1: Member = { address: '10.97.0.11', port: 8080, weight: 1 };
const a2: Member = { address: '10.97.0.12', port: 8080, weight: 1 };
const { table } = markOf('traffic');

let lab: MachineLab;
let dataplane: IpvsDataplane;

/** As Docker: nothing is forwarded that it did not ask for, but answers; and port 80 of the host is somebody's. */
const DOCKER = `
iptables-nft -P FORWARD DROP
iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER; iptables-nft -A DOCKER-USER -j RETURN
iptables-nft -A FORWARD -o eth1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -i eth1 ! -o eth1 -j ACCEPT
iptables-nft -t nat -A POSTROUTING -s 10.97.0.0/24 ! -o eth1 -j MASQUERADE
iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 80 -j DNAT --to-destination 10.97.0.12:9
iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 81 -j DNAT --to-destination 10.97.0.12:9
`;

beforeAll(async () => {
  await ensureKernelTools(MACHINE_TOOLS);
  lab = await MachineLab.make();
  await lab.host.sh(DOCKER);
  dataplane = new IpvsDataplane({ tools: lab.tools, mark: markOf('traffic'), clock: new SystemClock(), why: 'a test' });
}, 240_000);

afterAll(async () => {
  await lab.remove();
});

const service = serviceOf(a1, a2);

const apply = (...services: readonly VirtualService[]): Promise<Applied> =>
  dataplane.apply(
    {
      addresses: [VIP, VIP6].map((address) => ({ address, interface: 'lb0' })),
      services,
    },
    signal,
  );

const begin = conversations();
const talk = (protocol: 'tcp' | 'udp' = 'tcp'): Conversation => begin(lab.client, web, protocol);

describe('connections', () => {
  test('are spread in turn, and members see who asks', async () => {
    expect((await apply(service())).refused).toEqual([]);
    const answers = await ask(lab.client, web, 10);
    expect(tally(answers)).toEqual({ a1: 5, a2: 5 });
    expect(new Set(answers)).toEqual(new Set(['a1 10.96.0.9', 'a2 10.96.0.9']));
  });

  test('come from the address of the host where members are not to see the client', async () => {
    await apply(service({ keepsSource: false }));
    expect(new Set(await ask(lab.client, web, 4))).toEqual(new Set(['a1 10.97.0.2', 'a2 10.97.0.2']));
  });

  test('go from the host itself', async () => {
    await apply(service());
    expect(new Set(await lab.askFromHost(VIP, 80, 4))).toEqual(new Set(['a1 10.97.0.2', 'a2 10.97.0.2']));
  });

  test("go from a member's own network, and from a member to itself", async () => {
    await apply(service());
    expect(tally(await ask(lab.a1, web, 6))).toEqual({ a1: 3, a2: 3 });
  });

  test('carry IPv6 as well', async () => {
    const members = [11, 12].map((last) => ({ address: `2001:db8:97::${String(last)}`, port: 8080, weight: 1 }));
    await apply(service({ address: VIP6, members }));
    const six = { address: VIP6, port: 80 };
    const answers = await ask(lab.client, six, 6);
    expect(tally(answers)).toEqual({ a1: 3, a2: 3 });
    expect(answers[0]).toMatch(/ 2001:db8:96::9$/);
    expect(tally(await ask(lab.a1, six, 4))).toEqual({ a1: 2, a2: 2 });
    await apply(service({ address: VIP6, members, keepsSource: false }));
    expect((await ask(lab.client, six, 2))[0]).toMatch(/ 2001:db8:97::2$/);
  });
});

describe('what is not balanced', () => {
  test('is refused on our addresses, whatever is published by Docker', async () => {
    await apply(service({ port: 8000 }));
    for (const port of [80, 81, 82]) expect(await ask(lab.client, { address: VIP, port })).toEqual(['ECONNREFUSED']);
  });

  test('is dropped when it comes from outside the ranges', async () => {
    await apply(service({ sourceRanges: ['10.97.0.0/24', '203.0.113.7/32'] }));
    expect(await ask(lab.client, web)).toEqual(['timeout']);
    expect(tally(await ask(lab.a2, web, 4))).toEqual({ a1: 2, a2: 2 });
    await apply(service({ sourceRanges: ['10.96.0.9/32'] }));
    expect(tally(await ask(lab.client, web, 2))).toEqual({ a1: 1, a2: 1 });
  });
});

describe('answers that bypass the host', () => {
  const local = { port: 8080 };
  const there = { address: VIP, port: 8080 };
  const onMembers = async (script: string): Promise<void> => {
    for (const member of [lab.a1, lab.a2]) await member.sh(script);
  };

  beforeAll(() => onMembers(`sysctl -qw net.ipv4.conf.all.rp_filter=0; ip route add 10.96.0.0/24 via 10.97.0.3`));
  afterAll(() => onMembers('ip route del 10.96.0.0/24'));

  test('come from members that have the address themselves, with Direct', async () => {
    await onMembers(`ip addr add ${VIP}/32 dev lo`);
    // Also where nothing was said of the source, which can not be translated.
    const { keepsSource: _, ...direct } = service({ ...local, forwarding: 'Direct' });
    await apply(direct);
    expect((await apply(direct)).changed).toBe(0);
    const answers = await ask(lab.client, there, 6);
    await onMembers(`ip addr del ${VIP}/32 dev lo`);
    expect(new Set(answers)).toEqual(new Set(['a1 10.96.0.9', 'a2 10.96.0.9']));
    expect(tally(answers)).toEqual({ a1: 3, a2: 3 });
  });

  test("come from a member to a client in the member's own network, with Direct", async () => {
    await lab.a1.sh(`ip addr add ${VIP}/32 dev lo`);
    await apply(service({ ...local, members: [a1], forwarding: 'Direct' }));
    const answers = await ask(lab.a2, there, 2);
    await lab.a1.sh(`ip addr del ${VIP}/32 dev lo`);
    expect(answers).toEqual(['a1 10.97.0.12', 'a1 10.97.0.12']);
  });

  test('come from members at the other end of a tunnel, with Tunnel', async () => {
    for (const member of [lab.a1, lab.a2]) await lab.endTunnel(member, VIP);
    await apply(service({ ...local, forwarding: 'Tunnel' }));
    const answers = await ask(lab.client, there, 6);
    await onMembers(`ip addr del ${VIP}/32 dev tun0`);
    expect(tally(answers)).toEqual({ a1: 3, a2: 3 });
  });
});

describe('an established connection', () => {
  test('goes on while its member drains, and new ones avoid that member', async () => {
    await apply(service({ members: [a1] }));
    const talking = talk();
    expect(await talking.say('one')).toBe('a1 10.96.0.9 one');
    await apply(service({ members: [{ ...a1, weight: 0 }, a2] }));
    expect(tally(await ask(lab.client, web, 4))).toEqual({ a2: 4 });
    expect(await talking.say('two')).toBe('a1 10.96.0.9 two');
  });

  test('goes on when all rules, half of them, or their notes are gone and come back', async () => {
    const wanted = service({ members: [a1], keepsSource: false });
    await apply(wanted, service({ port: 81 }));
    const talking = talk();
    expect(await talking.say('one')).toBe('a1 10.97.0.2 one');
    const harm = [
      `ipvsadm -C; nft delete table inet ${table}; iptables-nft -D DOCKER-USER 1; ip addr del ${VIP}/32 dev lb0`,
      `ipvsadm -d -t ${VIP}:80 -r 10.97.0.11:8080; ipvsadm -D -t ${VIP}:81`,
      `nft flush set inet ${table} services4; nft flush chain inet ${table} source`,
      `ipvsadm -E -t ${VIP}:80 -s wlc; ipvsadm -e -t ${VIP}:80 -r 10.97.0.11:8080 -m -w 7`,
    ];
    for (const [at, script] of harm.entries()) {
      await lab.host.sh(script);
      expect((await apply(wanted, service({ port: 81 }))).changed).toBeGreaterThan(0);
      expect(await talking.say(String(at))).toBe(`a1 10.97.0.2 ${String(at)}`);
      expect(await ask(lab.client, web)).toEqual(['a1 10.97.0.2']);
    }
  });
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

test('a scheduler that the kernel lacks is refused by name, and the others work', async () => {
  // As in a kernel that has no such module, and none to load.
  await lab.host.sh('sysctl -qw kernel.modprobe=/bin/false');
  const { refused } = await apply(
    service({ port: 81, scheduler: 'nq' }),
    service({ port: 82, scheduler: 'sed' }),
    service({ members: [a1] }),
  );
  expect(refused.map(({ subject }) => subject)).toEqual([`TCP ${VIP}:81`, `TCP ${VIP}:82`]);
  expect(refused[0]?.why).toMatch(/^The kernel's IPVS has no scheduler nq \(.*\)\.$/);
  expect(refused[1]?.why).toMatch(/has no scheduler sed/);
  expect(await ask(lab.client, web)).toEqual(['a1 10.96.0.9']);
  await apply(service({ port: 81, scheduler: 'nq' }), service({ port: 82, scheduler: 'sed' }));
  await lab.host.sh('sysctl -qw kernel.modprobe=/sbin/modprobe');
  expect((await apply(service({ port: 81, scheduler: 'nq' }))).refused).toEqual([]);
});

test('when nothing is wanted, nothing is left, and what others made is as before', async () => {
  await lab.host.sh(`ipvsadm -A -t 10.96.0.2:7 -s lblc; ip addr add 172.31.255.77/32 dev lb0`);
  await apply(service());
  await dataplane.apply({ addresses: [], services: [] }, signal);
  const left = await lab.host.sh('nft list tables; ip -o addr show; iptables-nft -S DOCKER-USER; ipvsadm -S -n');
  expect(left).not.toMatch(/qbo-lb|172\.31\.255\.10|2001:db8:ff/);
  expect(left).toMatch(/-A DOCKER-USER -j RETURN\n-A -t 10.96.0.2:7 -s lblc\n$/);
  expect(left).toContain('172.31.255.77');
});
