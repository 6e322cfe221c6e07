import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Applied, Dataplane, Member, VirtualService } from '../../../controllers/backends/dataplane.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { NftablesDataplane } from '../../../controllers/backends/dataplane/nftables/dataplane.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { dockerRules } from '../../fixtures/netns/docker-rules.ts';
import { conversations, serviceOf, VIP, VIP6, web } from '../../fixtures/netns/balanced.ts';
import { ask, Lab, tally } from '../../fixtures/netns/lab.ts';
import type { Conversation } from '../../fixtures/netns/lab.ts';
import { sendInit } from '../../fixtures/netns/sctp.ts';

jest.setTimeout(60_000);

/** Docker's rules by iptables-legacy, somebody who breaks ours, and an operator that listens and repairs. */
const { signal } = new AbortController();
const a1: Member = { address: '10.98.1.11', port: 8080, weight: 1 };
const a2: Member = { address: '10.98.1.12', port: 8080, weight: 1 };
const table = markOf('traffic').table;
const CHAIN = `inet ${table} svc-tcp-${VIP}-80`;

let lab: Lab;
let dataplane: Dataplane;

beforeAll(async () => {
  await ensureKernelTools(NETFILTER_TOOLS);
  lab = await Lab.make();
  await lab.host.sh(dockerRules('iptables-legacy'));
  const tools = localTools({ prefix: lab.host.prefix });
  dataplane = new NftablesDataplane({ tools, mark: markOf('traffic'), clock: new SystemClock(), why: 'a test' });
});

afterAll(async () => {
  await lab.remove();
});

const service = serviceOf(a1, a2);

const apply = (...services: readonly VirtualService[]): Promise<Applied> =>
  dataplane.apply({ addresses: [VIP, VIP6].map((address) => ({ address, interface: 'br-a' })), services }, signal);

const begin = conversations();
const talk = (to = web): Conversation => begin(lab.client, to);

describe('beside Docker on iptables-legacy', () => {
  test('connections are spread, members see who asks, and ports that Docker publishes are not on our addresses', async () => {
    await apply(service());
    const answers = await ask(lab.client, web, 10);
    expect(tally(answers)).toEqual({ a1: 5, a2: 5 });
    expect(new Set(answers)).toEqual(new Set(['a1 192.0.2.9', 'a2 192.0.2.9']));
    expect(await ask(lab.client, { address: VIP, port: 81 })).toEqual(['ECONNREFUSED']);
  });

  test('they go from other networks, from the host, and from a member to itself', async () => {
    await apply(service());
    expect(tally(await ask(lab.members.b1, web, 4))).toEqual({ a1: 2, a2: 2 });
    expect(tally(await ask(lab.host, web, 4))).toEqual({ a1: 2, a2: 2 });
    expect(tally(await ask(lab.members.a1, web, 4))).toEqual({ a1: 2, a2: 2 });
  });

  test('when nothing is wanted, nothing of ours is left, and Docker’s rules are as before', async () => {
    const before = await lab.host.sh('iptables-legacy -S DOCKER-USER');
    await apply(service());
    await dataplane.apply({ addresses: [], services: [] }, signal);
    const left = await lab.host.sh('nft list tables; iptables-legacy -S; iptables-nft -S');
    expect(left).not.toMatch(/qbo-lb/);
    expect(before).toContain('qbo-lb');
    expect(left).toContain('-A DOCKER-USER -j RETURN');
  });
});

test('ports of bridges get hairpin mode for members, also those that come later, and others do not', async () => {
  const modes = async (): Promise<string> =>
    lab.host.sh('cd /sys/class/net; cat a1/brport/hairpin_mode b1/brport/hairpin_mode');
  const wanted = service();
  await lab.host.sh('ip link set b1 type bridge_slave hairpin off');
  await apply(wanted);
  expect(await modes()).toBe('1\n0\n');
  expect((await apply(wanted)).changed).toBe(0);
  // As when a container starts again.
  await lab.host.sh('ip link set a1 nomaster; ip link set a1 master br-a');
  expect(await modes()).toBe('0\n0\n');
  expect((await apply(wanted)).changed).toBe(1);
  expect(tally(await ask(lab.members.a1, web, 4))).toEqual({ a1: 2, a2: 2 });
});

describe('an established connection of IPv6', () => {
  test('goes on while its member drains, and new ones avoid that member', async () => {
    const members = [11, 12].map((last) => ({ address: `2001:db8:1::${String(last)}`, port: 8080, weight: 1 }));
    const [first, second] = members as [Member, Member];
    await apply(service({ address: VIP6, members: [first] }));
    const talking = talk({ address: VIP6, port: 80 });
    expect(await talking.say('one')).toBe('a1 2001:db8::9 one');
    await apply(service({ address: VIP6, members: [{ ...first, weight: 0 }, second] }));
    expect(tally(await ask(lab.client, { address: VIP6, port: 80 }, 4))).toEqual({ a2: 4 });
    expect(await talking.say('two')).toBe('a1 2001:db8::9 two');
    await apply(service({ address: VIP6, members: [first, second], sourceRanges: ['2001:db8:2::/64'] }));
    expect(await ask(lab.client, { address: VIP6, port: 80 })).toEqual(['timeout']);
    expect(tally(await ask(lab.members.b1, { address: VIP6, port: 80 }, 2))).toEqual({ a1: 1, a2: 1 });
  });
});

describe('what somebody breaks', () => {
  const HARM: Readonly<Record<string, string>> = {
    'everything that nftables has': 'nft flush ruleset',
    'our table': `nft delete table inet ${table}`,
    'the way to our services': `nft flush map inet ${table} services4`,
    'the members of a service': `nft flush chain ${CHAIN}`,
    'who is written down as a member': `nft flush set inet ${table} members4`,
    'a rule that all services share': `nft flush chain inet ${table} forwarded`,
    'where a service leads': `nft flush chain ${CHAIN}; nft 'add rule ${CHAIN} meta l4proto tcp dnat ip to numgen inc mod 1 map { 0 : 10.98.2.11 . 8080 } comment "pick rr"'`,
    'our addresses': 'nft list tables > /dev/null; ip addr flush to 172.31.255.0/24',
    'our place in Docker’s filter': 'iptables-legacy -F DOCKER-USER',
  };

  test.each(Object.entries(HARM))('%s: is back as soon as it is heard of', async (_, script) => {
    const stop = new AbortController();
    const wanted = service({ members: [a1] });
    await apply(wanted);
    let repairs = 0;
    const repairing = (async () => {
      for await (const _heard of dataplane.changes(stop.signal)) repairs += (await apply(wanted)).changed;
    })();
    const talking = talk();
    expect(await talking.say('one')).toBe('a1 192.0.2.9 one');
    // The stream begins some time after it is asked for.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await lab.host.sh(script);
    const deadline = performance.now() + 10_000;
    while (repairs === 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error('enough'));
    await expect(repairing).rejects.toThrow('enough');
    expect(repairs).toBeGreaterThan(0);
    expect(await talking.say('two')).toBe('a1 192.0.2.9 two');
    expect(await ask(lab.client, web, 2)).toEqual(['a1 192.0.2.9', 'a1 192.0.2.9']);
    expect((await apply(wanted)).changed).toBe(0);
  });
});

test('a thousand ports work, and one that is wrong or an address of the host harms none of them', async () => {
  const many = Array.from({ length: 1000 }, (_, at) => service({ port: 1000 + at, members: [a1] }));
  const answer = await dataplane.apply(
    {
      addresses: [VIP, '192.0.2.1'].map((address) => ({ address, interface: 'br-a' })),
      services: [
        ...many,
        service({ port: 70_000 }),
        service({ scheduler: 'wlc' }),
        service({ address: '192.0.2.1', port: 22 }),
      ],
    },
    signal,
  );
  expect(answer.refused).toEqual([
    { subject: '192.0.2.1', why: 'The host has this address itself, on interface out.' },
    { subject: `TCP ${VIP}:70000`, why: 'Port 70000 is not between 1 and 65535.' },
    {
      subject: `TCP ${VIP}:80`,
      why: 'The dataplane in use (nftables) has no scheduler wlc; it has rr, wrr, sh, mh, dh.',
    },
    {
      subject: 'TCP 192.0.2.1:22',
      why: 'Its address 192.0.2.1 can not be bound: The host has this address itself, on interface out.',
    },
  ]);
  for (const port of [1000, 1999]) expect(await ask(lab.client, { ...web, port })).toEqual(['a1 192.0.2.9']);
});

test('SCTP is led to members like everything else', async () => {
  expect((await dataplane.describe(signal)).protocols).toContain('SCTP');
  await apply(service({ protocol: 'SCTP', port: 3868, members: [{ ...a1, port: 13_868 }] }));
  expect(await sendInit(lab.client, { address: VIP, port: 3868 }, lab.members.a1)).toBe('192.0.2.9:5000 -> 13868');
});
