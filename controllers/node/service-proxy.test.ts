import { expect, test } from '@jest/globals';
import { addressPool, cluster, loadBalancer } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { hasRules } from './phases/service-proxy.ts';

const FIRST = '172.18.0.4';
const SECOND = '172.18.0.5';

const served = async (workers: number): Promise<Simulation> => {
  const sim = await simulation({ balancing: true, clusters: [cluster('dev', { workers })] });
  await sim.user.apply(addressPool('lan', { addresses: ['192.0.2.10'], interface: 'eth0' }));
  await sim.user.apply(loadBalancer('web', { cluster: 'dev', ports: [{ port: 80 }] }));
  return sim.settled();
};
const members = (sim: Simulation): readonly string[] =>
  sim.dataplane.state.services
    .filter(({ port }) => port === 80)
    .flatMap((service) => service.members)
    .filter(({ weight }) => weight > 0)
    .map(({ address }) => address)
    .sort();
const says = (sim: Simulation, address: string): string => {
  const node = sim.workers('dev').find(({ status }) => status?.address === address);
  const { status = '', reason = '' } = (node && sim.condition(node, 'ServicesReady')) ?? {};
  return `${status} ${reason}`;
};

test('a new node is Ready, and is sent nothing before its kube-proxy has its rules', async () => {
  const sim = await served(1);
  expect(members(sim)).toEqual([FIRST]);
  sim.prober.silent.add(SECOND);
  await sim.user.scale('dev', 2);
  await sim.until('both are Ready', () => sim.workers('dev').length === 2 && sim.ready('dev'), 120_000);
  await sim.pass(3_000);
  expect(says(sim, SECOND)).toBe('False ServiceProxyStarting');
  expect(members(sim)).toEqual([FIRST]);
  sim.prober.silent.delete(SECOND);
  await sim.pass(3_000);
  expect(says(sim, SECOND)).toBe('True Ready');
  expect(members(sim)).toEqual([FIRST, SECOND]);
});

test('one that was killed is asked again when it is back', async () => {
  const sim = await served(2);
  expect(members(sim)).toEqual([FIRST, SECOND]);
  sim.prober.silent.add(FIRST);
  const killed = sim.workers('dev').find(({ status }) => status?.address === FIRST);
  if (killed === undefined) throw new Error('There is no such worker');
  await sim.pass(5_000);
  sim.engine.kill(sim.container(killed).name);
  await sim.until('it is missed', () => !sim.ready('dev'), 5_000);
  await sim.until('it is Ready again', () => sim.ready('dev'), 120_000);
  await sim.pass(3_000);
  expect(members(sim)).toEqual([SECOND]);
  sim.prober.silent.delete(FIRST);
  await sim.pass(3_000);
  expect(members(sim)).toEqual([FIRST, SECOND]);
});

test('one that has no kube-proxy to ask is taken for good after a minute', async () => {
  const sim = await served(1);
  sim.prober.silent.add(SECOND);
  await sim.user.scale('dev', 2);
  await sim.until('both are Ready', () => sim.workers('dev').length === 2 && sim.ready('dev'), 120_000);
  await sim.pass(70_000);
  expect(says(sim, SECOND)).toBe('True Ready');
  expect(members(sim)).toEqual([FIRST, SECOND]);
});

test('what is known is not asked again', async () => {
  const sim = await served(2);
  const asked = sim.prober.asked.length;
  await sim.pass(10 * 60_000);
  expect(sim.prober.asked.length).toBe(asked);
});

test('kube-proxy calls itself healthy before it has rules, and only then tells their state', () => {
  expect(hasRules('{"lastUpdated":"0001-01-01T00:00:00Z","nodeEligible":true,"healthy":true}')).toBe(false);
  expect(hasRules('{"nodeEligible":true,"healthy":true,"status":{"IPv4":{"healthy":true}}}')).toBe(true);
  expect(hasRules('{"lastUpdated":"2026-11-21T20:00:00Z","nodeEligible":true}')).toBe(true);
});
