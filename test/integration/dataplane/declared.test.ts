import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { AddressPoolKind } from '../../../crds/address-pool.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { NftablesDataplane } from '../../../controllers/backends/dataplane/nftables/dataplane.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { ask, Lab, tally } from '../../fixtures/netns/lab.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { addressPool, loadBalancer } from '../../fixtures/world/objects.ts';
import { simulation } from '../../fixtures/world/simulation.ts';
import type { Simulation } from '../../fixtures/world/simulation.ts';

jest.setTimeout(120_000);

const mark = markOf('declared');
const PORTS = [{ port: 80, targetPort: 8080 }];
const SIX = [{ address: '2001:db8:1::11' }, { address: '2001:db8:1::12' }];

/** The operator over an API server in memory, and the rules of a real kernel. */
let lab: Lab;
let sim: Simulation;

beforeAll(async () => {
  await ensureKernelTools(NETFILTER_TOOLS);
  lab = await Lab.make();
  const tools = localTools({ prefix: lab.host.prefix });
  const dataplane = new NftablesDataplane({ tools, mark, clock: new SystemClock(), why: 'a test' });
  sim = await simulation({ balancing: true, mutate: (outside) => ({ ...outside, dataplane }) });
  const addresses = ['172.31.255.10-172.31.255.19', '2001:db8:ff::10-2001:db8:ff::1f'];
  await sim.user.apply(addressPool('both', { addresses, interface: 'br-a' }));
}, 60_000);

afterAll(async () => {
  await sim?.stop();
  await lab?.remove();
});

const balancer = (name: string) => sim.find(LoadBalancerKind, name);
const ready = (name: string): string => {
  const found = balancer(name);
  const { status = '', reason = '' } = (found && sim.condition(found, 'Ready')) ?? {};
  return `${status} ${reason}`;
};

/** The world's clock is moved on while the kernel takes its time. */
const until = (what: string, isSo: () => boolean | Promise<boolean>): Promise<unknown> =>
  eventually(
    what,
    async () => {
      await sim.pass(20);
      return isSo();
    },
    {
      timeoutMs: 20_000,
      everyMs: 20,
      diagnose: () => Promise.resolve(JSON.stringify(sim.api.peekAll(LoadBalancerKind))),
    },
  );

const rules = (): Promise<string> => lab.host.sh('nft list ruleset; ip -o addr show dev br-a');

test('a pool of both families gives each load balancer an address of its members’ family, and it answers there', async () => {
  await sim.user.apply(loadBalancer('six', { ports: PORTS, members: SIX }));
  await sim.user.apply(loadBalancer('four', { ports: PORTS, members: [{ address: '10.98.1.11' }] }));
  await until('both are balanced', () => ready('six') === 'True Ready' && ready('four') === 'True Ready');
  expect(balancer('six')?.status).toMatchObject({ address: '2001:db8:ff::10', dataplane: 'nftables', readyMembers: 2 });
  expect(balancer('four')?.status?.address).toBe('172.31.255.10');
  expect(tally(await ask(lab.client, { address: '2001:db8:ff::10', port: 80 }, 10))).toEqual({ a1: 5, a2: 5 });
  expect(tally(await ask(lab.host, { address: '2001:db8:ff::10', port: 80 }, 2))).toEqual({ a1: 1, a2: 1 });
  expect(tally(await ask(lab.client, { address: '172.31.255.10', port: 80 }, 2))).toEqual({ a1: 2 });
});

test('members of another family are left out, and ranges of clients are those of the address', async () => {
  await sim.user.apply(
    loadBalancer('six', {
      ports: PORTS,
      members: [...SIX.slice(0, 1), { address: '10.98.1.12' }],
      clientAddress: 'Kept',
      sourceRanges: ['2001:db8::/64', '192.0.2.0/24'],
    }),
  );
  const six = { address: '2001:db8:ff::10', port: 80 };
  await until('only the first gets connections', async () => tally(await ask(lab.client, six, 4))['a1'] === 4);
  expect(new Set(await ask(lab.client, six, 2))).toEqual(new Set(['a1 2001:db8::9']));
  expect(await ask(lab.members.b1, six)).toEqual(['timeout']);
});

test('what of IPv6 the host has is given to nobody, and whoever asks for it is told', async () => {
  await lab.host.sh('ip addr add 2001:db8:ff::11/64 dev br-b nodad');
  sim.host.ownAddresses = ['2001:db8:ff::11'];
  await sim.user.apply(loadBalancer('next', { ports: PORTS, members: SIX }));
  await sim.user.apply(loadBalancer('asks', { address: '2001:db8:ff::11', ports: PORTS, members: SIX }));
  await until('both know', () => ready('next') === 'True Ready' && ready('asks') === 'False AddressHeld');
  expect(balancer('next')?.status?.address).toBe('2001:db8:ff::12');
});

test('one that the host gets later is refused in its own words, and others are not harmed', async () => {
  await lab.host.sh('ip addr add 2001:db8:ff::13/64 dev br-b nodad');
  await sim.user.apply(loadBalancer('late', { ports: PORTS, members: SIX }));
  await until('it is refused', () => ready('late') === 'False AddressRefused');
  const late = balancer('late');
  expect(late && sim.condition(late, 'Ready')?.message).toContain('on interface br-b');
  expect(tally(await ask(lab.client, { address: '2001:db8:ff::10', port: 80 }, 2))).toEqual({ a1: 2 });
});

test('flushed rules and addresses of IPv6 are back, and nothing stays when all are deleted', async () => {
  await lab.host.sh(`nft delete table inet ${mark.table}; ip -6 addr del 2001:db8:ff::10/128 dev br-a`);
  await until(
    'it answers again',
    async () => 'a1' in tally(await ask(lab.client, { address: '2001:db8:ff::10', port: 80 })),
  );
  for (const { metadata } of sim.api.peekAll(LoadBalancerKind)) await sim.user.delete(LoadBalancerKind, metadata.name);
  await sim.user.delete(AddressPoolKind, '/both');
  await until(
    'all are gone',
    () => sim.api.peekAll(AddressPoolKind).length + sim.api.peekAll(LoadBalancerKind).length === 0,
  );
  expect(await rules()).not.toMatch(/172\.31\.255|2001:db8:ff::1[02-9a-f]/);
});
