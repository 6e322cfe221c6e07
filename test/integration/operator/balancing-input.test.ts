import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AddressPoolKind } from '../../../crds/address-pool.ts';
import { LoadBalancerKind } from '../../../crds/load-balancer.ts';
import { findCondition } from '../../../controllers/runtime/condition.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { clusterManifest, inDefault } from '../../fixtures/operator/objects.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const API_VERSION = 'qbo.io/v1alpha1';
const MEMBER = '203.0.113.80';

const pool = (name: string, spec: object) => ({
  apiVersion: API_VERSION,
  kind: 'AddressPool',
  metadata: { name },
  spec,
});
const manual = (name: string, ...addresses: readonly string[]) => pool(name, { addresses, assignment: 'Manual' });
const balancer = (name: string, spec: object = {}) => ({
  apiVersion: API_VERSION,
  kind: 'LoadBalancer',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ port: 80 }], members: [{ address: MEMBER }], ...spec },
});

/** The kernel of this host knows two ways to choose a member. */
const SCHEDULERS = ['rr', 'wrr'] as const;

describe('what can not be balanced is refused, or said plainly, and harms nobody else', () => {
  let installation: MemoryInstallation;

  beforeAll(async () => {
    installation = await MemoryInstallation.start({ able: { schedulers: SCHEDULERS } });
    installation.run();
    await installation.apply(pool('lan', { addresses: ['198.51.100.10-198.51.100.19'] }), balancer('good'));
    await ready('good');
  }, 120_000);

  afterAll(async () => installation?.remove());

  /** Whoever was there is served as before, and what was wrong goes without a trace. */
  afterEach(async () => {
    const all = (await installation.kubectl('get', 'qlb', '-o', 'name')).split('\n');
    const others = all.filter((name) => name !== '' && !name.endsWith('/good') && !name.endsWith('-api'));
    if (others.length > 0) await installation.kubectl('delete', ...others, '--timeout=30s');
    const { services } = installation.dataplane.state;
    expect(services.filter(({ members }) => members[0]?.address === MEMBER)).toMatchObject([
      { address: '198.51.100.10', port: 80, scheduler: 'rr', members: [{ address: MEMBER, port: 80, weight: 1 }] },
    ]);
    const good = await installation.kube.get(LoadBalancerKind, inDefault('good'), signal);
    expect(findCondition(good?.status?.conditions, 'Ready')).toMatchObject({ status: 'True' });
  });

  const ready = (name: string) => installation.kubectl('wait', '--for=condition=Ready', `qlb/${name}`, '--timeout=30s');
  const addressOf = (name: string) => installation.kubectl('get', 'qlb', name, '-o', 'jsonpath={.status.address}');

  /** Waits until it is not Ready for this reason; the sentence. */
  const why = (kind: 'pool' | 'balancer', name: string, reason: string): Promise<string> =>
    eventually(
      `${name} is not Ready: ${reason}`,
      async () => {
        const object = await (kind === 'pool'
          ? installation.kube.get(AddressPoolKind, { namespace: '', name }, signal)
          : installation.kube.get(LoadBalancerKind, inDefault(name), signal));
        const found = findCondition(object?.status?.conditions, 'Ready');
        if (found?.status === 'False' && found.reason === reason) return found.message;
        throw new Error(JSON.stringify(found));
      },
      { timeoutMs: 20_000 },
    );

  test('an address that is in no pool', async () => {
    await installation.apply(balancer('far', { address: '192.0.2.99' }));
    expect(await why('balancer', 'far', 'AddressOutsidePools')).toContain('192.0.2.99, which is in no AddressPool');
    await installation.apply(balancer('far', { address: '198.51.100.15' }));
    await ready('far');
  });

  test('a pool that is used up: who is late is served when somebody goes', async () => {
    await installation.apply(manual('small', '198.51.100.30'), balancer('first', { pool: 'small' }));
    await ready('first');
    await installation.apply(balancer('second', { pool: 'small' }));
    expect(await why('balancer', 'second', 'AddressPoolExhausted')).toContain('AddressPool small has none left');
    await installation.kubectl('delete', 'qlb', 'first', '--timeout=30s');
    await ready('second');
    expect(await addressOf('second')).toBe('198.51.100.30');
  });

  test('pools that overlap: the later gives nothing, until it is put right', async () => {
    await installation.apply(manual('late', '198.51.100.19-198.51.100.25'));
    expect(await why('pool', 'late', 'AddressPoolOverlap')).toContain('which AddressPool lan, which is older, has too');
    await installation.apply(balancer('asks', { pool: 'late' }));
    expect(await why('balancer', 'asks', 'AddressPoolMissing')).toContain('no AddressPool late');
    await installation.apply(manual('late', '198.51.100.20-198.51.100.25'));
    await ready('asks');
    expect(await addressOf('asks')).toBe('198.51.100.20');
  });

  test('an address that the host has itself, which nobody is given unasked either', async () => {
    installation.host.ownAddresses = ['198.51.100.11'];
    await installation.apply(balancer('hosts', { address: '198.51.100.11' }), balancer('any'));
    expect(await why('balancer', 'hosts', 'AddressHeld')).toContain('the host itself has it');
    await ready('any');
    expect(await addressOf('any')).toBe('198.51.100.12');
  });

  test('an address that a container has', async () => {
    await installation.apply(clusterManifest('dev', { workers: 0 }));
    await installation.kubectl('wait', '--for=condition=Ready', 'cluster/dev', '--timeout=60s');
    const [container] = installation.engine.look().containers;
    const [address = ''] = Object.values(container?.addresses ?? {});
    await installation.apply(manual('nodes', address), balancer('nodes', { address }));
    const message = await why('balancer', 'nodes', 'AddressHeld');
    expect(message).toContain(`asks for ${address}, and container ${container?.name ?? ''} has it`);
  });

  test.each([0, 70_000])('port %i is refused at once', async (port) => {
    const refused = installation.apply(balancer('port', { ports: [{ port }] }));
    await expect(refused).rejects.toThrow(/spec\.ports\[0\]\.port/);
  });

  test('a scheduler that the kernel lacks, beside ports of others on the same address', async () => {
    const address = '198.51.100.16';
    await installation.apply(
      balancer('fine', { address, ports: [{ port: 81 }], members: [{ address: '203.0.113.81' }] }),
    );
    await ready('fine');
    await installation.apply(balancer('hashed', { address, scheduler: 'mh' }));
    expect(await why('balancer', 'hashed', 'RuleRefused')).toMatch(/can not balance TCP 198\.51\.100\.16:80: .*mh/);
    const state = await installation.kubectl('get', 'qlb', 'hashed', '-o', 'jsonpath={.status.rules[0].state}');
    expect(state).toBe('Refused');
    await ready('fine');
    await installation.apply(balancer('hashed', { address, scheduler: 'wrr', members: [{ address: '203.0.113.81' }] }));
    await ready('hashed');
  });

  test('a thousand ports are balanced, and one more is too many', async () => {
    const members = [{ address: '203.0.113.82' }];
    await installation.apply(balancer('many', { ports: [{ port: 1_000, endPort: 1_999 }], members }));
    await ready('many');
    const count = () =>
      installation.dataplane.state.services.filter(({ members: [one] }) => one?.address === '203.0.113.82').length;
    expect(count()).toBe(1_000);
    await installation.apply(balancer('more', { ports: [{ port: 1_000, endPort: 2_000 }], members }));
    expect(await why('balancer', 'more', 'TooManyPorts')).toContain('asks for 1001 ports, and 1000 are the most');
    expect(count()).toBe(1_000);
  });
});
