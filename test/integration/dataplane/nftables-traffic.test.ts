import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Member, VirtualService } from '../../../controllers/backends/dataplane.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { NftablesDataplane } from '../../../controllers/backends/dataplane/nftables/dataplane.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { dockerRules, FIREWALLD_RULES } from '../../fixtures/netns/docker-rules.ts';
import { conversations, serviceOf, VIP, VIP6, web } from '../../fixtures/netns/balanced.ts';
import { ask, Lab, tally } from '../../fixtures/netns/lab.ts';
import type { Conversation } from '../../fixtures/netns/lab.ts';

const { signal } = new AbortController();
const a1: Member = { address: '10.98.1.11', port: 8080, weight: 1 };
const a2: Member = { address: '10.98.1.12', port: 8080, weight: 1 };
const b1: Member = { address: '10.98.2.11', port: 8080, weight: 1 };
const table = markOf('traffic').table;

let lab: Lab;
let dataplane: NftablesDataplane;

beforeAll(async () => {
  await ensureKernelTools(NETFILTER_TOOLS);
  lab = await Lab.make();
  await lab.host.sh(`${dockerRules('iptables-nft')}${FIREWALLD_RULES}`);
  // A program of the host's own, on all its addresses.
  await lab.host.serve(`require('net').createServer((s) => s.end('host')).listen(9999, () => console.log('ready'))`);
  const tools = localTools({ prefix: lab.host.prefix });
  dataplane = new NftablesDataplane({ tools, mark: markOf('traffic'), clock: new SystemClock(), why: 'a test' });
}, 60_000);

afterAll(async () => {
  await lab.remove();
});

const service = serviceOf(a1, a2);

const apply = (...services: readonly VirtualService[]): Promise<unknown> =>
  dataplane.apply(
    {
      addresses: [
        { address: VIP, interface: 'br-a' },
        { address: VIP6, interface: 'br-a' },
      ],
      services,
    },
    signal,
  );

const begin = conversations();
const talk = (protocol: 'tcp' | 'udp' = 'tcp', from = lab.client): Conversation => begin(from, web, protocol);

describe('connections beside the rules of Docker and firewalld', () => {
  test('are spread in turn, and members see who asks', async () => {
    await apply(service());
    const answers = await ask(lab.client, web, 20);
    expect(tally(answers)).toEqual({ a1: 10, a2: 10 });
    expect(new Set(answers)).toEqual(new Set(['a1 192.0.2.9', 'a2 192.0.2.9']));
  });

  test('are spread by weight, and members of several networks take part', async () => {
    await apply(service({ scheduler: 'wrr', members: [{ ...a1, weight: 3 }, b1] }));
    expect(tally(await ask(lab.client, web, 20))).toEqual({ a1: 15, b1: 5 });
  });

  test('come from the address of the host where members are not to see the client', async () => {
    await apply(service({ keepsSource: false, members: [a1, b1] }));
    expect(new Set(await ask(lab.client, web, 4))).toEqual(new Set(['a1 10.98.1.1', 'b1 10.98.2.1']));
  });

  test('go from the host itself', async () => {
    await apply(service({ members: [a1, b1] }));
    expect(new Set(await ask(lab.host, web, 4))).toEqual(new Set(['a1 10.98.1.1', 'b1 10.98.2.1']));
  });

  test("go from a member's own network, and from a member to itself", async () => {
    await apply(service());
    expect(tally(await ask(lab.members.a1, web, 10))).toEqual({ a1: 5, a2: 5 });
  });

  test('go from the containers of another network, which members see', async () => {
    await apply(service());
    const answers = await ask(lab.members.b1, web, 4);
    expect(new Set(answers)).toEqual(new Set(['a1 10.98.2.11', 'a2 10.98.2.11']));
  });

  test('carry IPv6 as well', async () => {
    const members = [11, 12].map((last) => ({ address: `2001:db8:1::${String(last)}`, port: 8080, weight: 1 }));
    await apply(service({ address: VIP6, members }));
    const six = { address: VIP6, port: 80 };
    const answers = await ask(lab.client, six, 10);
    expect(tally(answers)).toEqual({ a1: 5, a2: 5 });
    expect(answers[0]).toMatch(/ 2001:db8::9$/);
    expect(tally(await ask(lab.members.a1, six, 4))).toEqual({ a1: 2, a2: 2 });
    expect(tally(await ask(lab.host, six, 4))).toEqual({ a1: 2, a2: 2 });
  });

  test('by a hash of the client always lead to the same member', async () => {
    for (const scheduler of ['sh', 'mh', 'dh'] as const) {
      await apply(service({ scheduler, members: [a1, a2, b1] }));
      expect(Object.values(tally(await ask(lab.client, web, 6)))).toEqual([6]);
    }
  });
});

test('who finds the map of a chain empty, because it is being written anew, is led to a member all the same', async () => {
  await apply(service());
  const chain = `inet ${table} svc-tcp-${VIP}-80`;
  const listed = await lab.host.sh(`nft -a list chain ${chain}`);
  const handle = /comment "pick rr" # handle (\d+)/.exec(listed)?.[1] ?? '';
  const half = 'meta l4proto tcp dnat ip to numgen inc mod 2 map { 1 : 10.98.1.12 . 8080 } comment "pick rr"';
  await lab.host.sh(`nft 'replace rule ${chain} handle ${handle} ${half}'`);
  expect(tally(await ask(lab.client, web, 4))).toEqual({ a1: 2, a2: 2 });
});

describe('what is not balanced', () => {
  test('is refused on our addresses, whatever listens on the host or is published by Docker', async () => {
    await apply(service({ members: [] }));
    expect(await ask(lab.client, { address: '192.0.2.1', port: 9999 })).not.toEqual(['ECONNREFUSED']);
    for (const port of [9999, 81, 80]) expect(await ask(lab.client, { address: VIP, port })).toEqual(['ECONNREFUSED']);
    expect(await ask(lab.host, { address: VIP, port: 9999 })).toEqual(['ECONNREFUSED']);
  });

  test('is dropped when it comes from outside the ranges', async () => {
    await apply(service({ sourceRanges: ['10.98.2.0/24', '203.0.113.0/24'] }));
    expect(await ask(lab.client, web)).toEqual(['timeout']);
    expect(tally(await ask(lab.members.b1, web, 4))).toEqual({ a1: 2, a2: 2 });
  });
});

describe('a client with persistence', () => {
  const sticky = (members: readonly Member[]): VirtualService => service({ persistenceSeconds: 300, members });

  test('keeps its member while others come and go', async () => {
    await apply(sticky([a1, a2, b1]));
    const first = await ask(lab.client, web, 6);
    expect(new Set(first).size).toBe(1);
    const name = first[0]?.split(' ')[0] ?? '';
    const its = { a1, a2, b1 }[name] ?? a1;
    const other = [a1, a2, b1].find((member) => member !== its) ?? a2;
    await apply(sticky([its, other]));
    expect(tally(await ask(lab.client, web, 6))).toEqual({ [name]: 6 });
    await apply(sticky([a1, a2, b1]));
    expect(tally(await ask(lab.client, web, 6))).toEqual({ [name]: 6 });
  });

  test('gets another one, for good, when its own drains', async () => {
    await apply(sticky([a1]));
    expect(tally(await ask(lab.client, web, 2))).toEqual({ a1: 2 });
    await apply(sticky([{ ...a1, weight: 0 }, a2, b1]));
    const next = await ask(lab.client, web, 6);
    expect(new Set(next).size).toBe(1);
    expect(next[0]).not.toMatch(/^a1/);
  });
});

describe('an established connection', () => {
  test('goes on while its member drains, and new ones avoid that member', async () => {
    await apply(service({ members: [a1] }));
    const talking = talk();
    expect(await talking.say('one')).toBe('a1 192.0.2.9 one');
    await apply(service({ members: [{ ...a1, weight: 0 }, a2] }));
    expect(tally(await ask(lab.client, web, 6))).toEqual({ a2: 6 });
    expect(await talking.say('two')).toBe('a1 192.0.2.9 two');
  });

  test('goes on when all rules are flushed and come back', async () => {
    await apply(service({ members: [a1] }));
    const talking = talk();
    expect(await talking.say('one')).toBe('a1 192.0.2.9 one');
    await lab.host.sh(`nft delete table inet ${table}; iptables-nft -D DOCKER-USER 1`);
    await apply(service({ members: [a1] }));
    expect(await talking.say('two')).toBe('a1 192.0.2.9 two');
    expect(tally(await ask(lab.client, web, 2))).toEqual({ a1: 2 });
  });

  test('goes on while a hundred other services are made and removed', async () => {
    await apply(service({ members: [a1] }));
    const talking = talk();
    expect(await talking.say('one')).toBe('a1 192.0.2.9 one');
    await apply(service({ members: [a1] }), ...Array.from({ length: 100 }, (_, n) => service({ port: 1000 + n })));
    expect(await talking.say('two')).toBe('a1 192.0.2.9 two');
    await apply(service({ members: [a1] }));
    expect(await talking.say('three')).toBe('a1 192.0.2.9 three');
  });
});

describe('datagrams', () => {
  test('find another member when theirs is gone, from the same socket', async () => {
    await apply(service({ protocol: 'UDP', members: [a1] }));
    const talking = talk('udp');
    expect(await talking.say('one')).toBe('a1 192.0.2.9 one');
    await apply(service({ protocol: 'UDP', members: [b1] }));
    expect(await talking.say('two')).toBe('b1 192.0.2.9 two');
  });

  test('stay with a member that drains, and are answered from our address', async () => {
    await apply(service({ protocol: 'UDP', members: [a1] }));
    const talking = talk('udp', lab.members.b1);
    expect(await talking.say('one')).toBe('a1 10.98.2.11 one');
    await apply(service({ protocol: 'UDP', members: [{ ...a1, weight: 0 }, a2] }));
    expect(await talking.say('two')).toBe('a1 10.98.2.11 two');
  });
});

test('counters tell connections, and what went either way, from outside and from the host', async () => {
  await apply();
  await apply(service());
  await ask(lab.client, web, 3);
  await ask(lab.host, web, 2);
  const counters = (await dataplane.read(signal)).counters.get(`TCP ${VIP}:80`)!;
  expect(counters.connections).toBe(5);
  expect(counters.inbound.packets).toBeGreaterThanOrEqual(5 * 3);
  expect(counters.inbound.bytes).toBeGreaterThan(counters.inbound.packets * 40);
  expect(counters.outbound.packets).toBeGreaterThanOrEqual(5 * 2);
});

test('when nothing is wanted, nothing is left, and Docker’s rules are as before', async () => {
  await apply(service());
  await dataplane.apply({ addresses: [], services: [] }, signal);
  const left = await lab.host.sh('nft list tables; ip -o addr show; iptables-nft -S DOCKER-USER');
  expect(left).not.toMatch(/qbo-lb|172\.31\.255|2001:db8:ff/);
  expect(left).toMatch(/-A DOCKER-USER -j RETURN\n$/);
});
