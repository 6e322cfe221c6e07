import { describe, expect, jest, test } from '@jest/globals';
import type { Crash } from '../../test/fixtures/world/life.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation, SimulationOptions } from '../../test/fixtures/world/simulation.ts';
import { validityIn } from '../certificate-validity.ts';
import { RENEWAL } from './certificates-script.ts';

jest.setTimeout(120_000);

const DAY = 86_400_000;
const dev = cluster('dev', { workers: 1 });
const world = (options: Partial<SimulationOptions> = {}) => simulation({ clusters: [dev], ...options });

const APISERVER = '/etc/kubernetes/pki/apiserver.crt';
const KUBELET = '/var/lib/kubelet/pki/kubelet-client-current.pem';

const fileOf = (sim: Simulation, role: 'control-plane' | 'worker', path: string): string => {
  const node = sim.nodes('dev').find(({ spec }) => spec.role === role);
  if (node === undefined) throw new Error(`There is no ${role}`);
  return sim.engine.file(sim.container(node).name, path) ?? '';
};

/** How long a certificate is valid from now, in days. */
const daysLeft = (sim: Simulation, role: 'control-plane' | 'worker', path: string): number =>
  ((validityIn(fileOf(sim, role, path))?.to ?? 0) - sim.clock.now()) / DAY;

const STEP_DAYS = 4;

/** Days go by, of which every fourth has a moment in which things happen. */
async function live(sim: Simulation, days: number, each: () => void = () => undefined): Promise<void> {
  for (let day = 0; day < days; day += STEP_DAYS) {
    await sim.clock.jump(STEP_DAYS * DAY - 10_000);
    await sim.pass(10_000);
    each();
  }
}

test('a new cluster says when the first of its certificates ends', async () => {
  const sim = await world().settled();
  const end = new Date(sim.clock.now() + daysLeft(sim, 'control-plane', APISERVER) * DAY);
  const first = `${end.toISOString().slice(0, 19)}Z`;
  expect(sim.controlPlane('dev').status?.certificatesExpire).toBe(first);
  expect(sim.cluster('dev').status?.certificatesExpire).toBe(first);
  expect(sim.condition(sim.cluster('dev'), 'CertificatesReady')).toMatchObject({ status: 'True', reason: 'Ready' });
  for (const node of sim.nodes('dev')) expect(sim.condition(node, 'CertificatesReady')?.status).toBe('True');
});

test('in three years no certificate ends, and a renewal a year is all that is written', async () => {
  const sim = await world().settled();
  const before = sim.life.writes.length;
  const faults: string[] = [];
  await live(sim, 3 * 365, () => {
    if (!sim.ready('dev')) faults.push(sim.says('dev'));
    for (const [role, path] of [
      ['control-plane', APISERVER],
      ['control-plane', KUBELET],
      ['worker', KUBELET],
    ] as const) {
      if (daysLeft(sim, role, path) < 25)
        faults.push(`${path} of ${role} has ${String(daysLeft(sim, role, path))} days`);
    }
  });
  expect(faults).toEqual([]);
  const writes = sim.life.writes.slice(before);
  expect(writes.filter((write) => write.startsWith('engine.startUnit'))).toHaveLength(3);
  // A renewal is two events, two files, a unit and a Secret with its event; and the statuses of Node and Cluster, twice.
  const others = writes.filter((write) => !write.includes('status'));
  expect(others.length).toBeLessThanOrEqual(3 * 7);
  // A kubelet that takes another certificate is seen, too.
  expect(writes.length - others.length).toBeLessThanOrEqual(3 * 10);
});

test('a renewal is told, holds nothing up, and the kubeconfig in the Secret follows', async () => {
  const sim = await world().settled();
  const kubeconfig = sim.secret('dev-kubeconfig')?.data?.['value'];
  await sim.clock.jump(336 * DAY);
  await sim.until(
    'it is being renewed',
    () => sim.condition(sim.cluster('dev'), 'CertificatesReady')?.status === 'False',
  );
  expect(sim.condition(sim.cluster('dev'), 'CertificatesReady')).toMatchObject({ reason: 'RenewingCertificates' });
  expect(sim.condition(sim.controlPlane('dev'), 'CertificatesReady')?.message).toMatch(
    /are being renewed: .* ends at 2027-/,
  );
  expect(sim.ready('dev')).toBe(true);
  await sim.settled();
  expect(sim.condition(sim.cluster('dev'), 'CertificatesReady')?.status).toBe('True');
  expect(daysLeft(sim, 'control-plane', APISERVER)).toBeGreaterThan(364);
  const now = sim.secret('dev-kubeconfig')?.data?.['value'];
  expect(now).not.toBe(kubeconfig);
  expect(Buffer.from(now ?? '', 'base64').toString()).toContain(
    /client-certificate-data: (\S+)/.exec(fileOf(sim, 'control-plane', '/etc/kubernetes/admin.conf'))?.[1],
  );
  const events = sim.events('Node', sim.controlPlane('dev').metadata.name).join('\n');
  expect(events).toMatch(/Normal RenewingCertificates: .* ends at 2027-/);
  expect(events).toMatch(/Normal CertificatesRenewed: /);
  expect(sim.events('Cluster', 'dev').join('\n')).toMatch(/Normal KubeconfigRenewed: /);
});

test('an operator that was away for more than a year renews what has ended meanwhile', async () => {
  const sim = await world().settled();
  await sim.stop();
  await live(sim, 400);
  expect(daysLeft(sim, 'control-plane', APISERVER)).toBeLessThan(0);
  sim.start();
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(daysLeft(sim, 'control-plane', APISERVER)).toBeGreaterThan(364);
});

test('a cluster that was off for two years comes up: control plane and worker, with nothing bootstrapped anew', async () => {
  const sim = await world().settled();
  await sim.stop();
  const containers = sim.nodes('dev').map((node) => sim.container(node));
  for (const { name } of containers) sim.engine.stop(name);
  await sim.clock.jump(2 * 365 * DAY);
  sim.start();
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.nodes('dev').map((node) => sim.container(node).id)).toEqual(containers.map(({ id }) => id));
  expect(daysLeft(sim, 'control-plane', APISERVER)).toBeGreaterThan(364);
  expect(daysLeft(sim, 'control-plane', KUBELET)).toBeGreaterThan(364);
  expect(daysLeft(sim, 'worker', KUBELET)).toBeGreaterThan(364);
  expect(sim.life.writes.filter((write) => write.includes('qbo-bootstrap'))).toEqual([]);
});

test('certificates that somebody has replaced by shorter ones are found within the hour', async () => {
  const sim = await world().settled();
  const { name } = sim.container(sim.controlPlane('dev'));
  sim.engine.overwrite(name, APISERVER, sim.kubernetes.certificates.certify('short', DAY));
  await sim.pass(3_600_000);
  const end = validityIn(fileOf(sim, 'control-plane', APISERVER))?.to ?? 0;
  expect(sim.cluster('dev').status?.certificatesExpire).toBe(`${new Date(end).toISOString().slice(0, 19)}Z`);
  await sim.clock.jump(0.7 * DAY);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(daysLeft(sim, 'control-plane', APISERVER)).toBeGreaterThan(364);
});

test('in hours in which nothing is to be expected, certificates are read once an hour', async () => {
  const sim = await world().settled();
  const before = sim.life.calls.length;
  await sim.pass(2 * 3_600_000);
  const reads = sim.life.calls.slice(before).filter((call) => call.includes(APISERVER));
  // A turn has two sweeps, or three.
  expect(reads.length).toBeGreaterThanOrEqual(2);
  expect(reads.length).toBeLessThanOrEqual(2 * 3);
});

describe('a renewal that fails', () => {
  test('is told with its log and tried again, while the node goes on as it was', async () => {
    const failing = { exitCode: 1, filesWritten: [], steps: [], output: 'no CA key\n' };
    const sim = await world({ renewal: (_, earlier) => (earlier < 2 ? failing : undefined) }).settled();
    await sim.clock.jump(336 * DAY);
    const says = () => sim.condition(sim.cluster('dev'), 'CertificatesReady');
    await sim.until('it has failed', () => says()?.reason === 'CertificateRenewalFailed');
    expect(says()?.message).toContain('no CA key');
    expect(sim.ready('dev')).toBe(true);
    const tries = () => sim.life.writes.filter((write) => write.startsWith('engine.startUnit')).length;
    const before = tries();
    await sim.pass(300_000);
    expect(tries()).toBe(before);
    await sim.until('it is well', () => says()?.status === 'True', 3_600_000);
    expect(tries()).toBe(before + 2);
  });

  test('stalls the node when it is too late', async () => {
    const failing = { exitCode: 1, filesWritten: [], steps: [], output: 'no CA key\n' };
    const sim = await world({ renewal: (_, earlier) => (earlier < 1 ? failing : undefined) }).settled();
    await sim.clock.jump(366 * DAY);
    const stalled = () => sim.condition(sim.controlPlane('dev'), 'Stalled');
    await sim.until('it is stalled', () => stalled()?.reason === 'CertificateRenewalFailed');
    expect(sim.ready('dev')).toBe(false);
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  });
});

test('an authority that ends is warned of in time, and nothing is done about it', async () => {
  const sim = await world().settled();
  const { name } = sim.container(sim.controlPlane('dev'));
  const path = '/etc/kubernetes/pki/front-proxy-ca.crt';
  sim.engine.overwrite(name, path, sim.kubernetes.certificates.certify('front-proxy-ca', 300 * DAY));
  await sim.pass(3_700_000);
  const says = sim.condition(sim.cluster('dev'), 'CertificatesReady');
  expect(says).toMatchObject({ status: 'True', reason: 'CertificateAuthorityEnds' });
  expect(says?.message).toContain(path);
  expect(fileOf(sim, 'control-plane', RENEWAL.begun)).toBe('');
  expect(sim.events('Node', sim.controlPlane('dev').metadata.name).join('\n')).toMatch(
    /Warning CertificateAuthorityEnds/,
  );
});

describe('an operator that is killed', () => {
  const aged = async (days: number, off: boolean, crash?: Crash): Promise<Simulation> => {
    const sim = await world();
    await sim.until('it is Ready', () => sim.ready('dev'));
    await sim.stop();
    if (off) for (const node of sim.nodes('dev')) sim.engine.stop(sim.container(node).name);
    await sim.clock.jump(days * DAY);
    sim.start(crash);
    return sim;
  };

  test.each([
    ['of a cluster that works', 336, false],
    ['of a cluster that was off for two years', 730, true],
  ] as const)('anywhere in a renewal %s goes on where the world stands', async (_, days, off) => {
    const example = await aged(days, off);
    await example.until('it is renewed', () => daysLeft(example, 'control-plane', APISERVER) > 364);
    await example.until('it is Ready', () => example.ready('dev'));
    await example.pass(5_000);
    const crashes = example.life.calls
      .map((call, index): Crash & { call: string } => ({ call, atCall: index + 1, when: 'after' }))
      .filter(({ call, atCall }) => example.life.isWrite(call) || atCall % 40 === 0);
    expect(crashes.length).toBeGreaterThan(8);
    const faults: string[] = [];
    for (const crash of crashes) {
      const sim = await aged(days, off, crash);
      const isRenewed = (): boolean =>
        daysLeft(sim, 'control-plane', APISERVER) > 364 &&
        fileOf(sim, 'control-plane', RENEWAL.done) === fileOf(sim, 'control-plane', RENEWAL.begun);
      await sim.until('the operator has died', () => sim.life.isOver);
      sim.start();
      await sim.until('it is Ready and renewed', () => sim.ready('dev') && isRenewed());
      await sim.pass(40_000);
      const isWell = sim.condition(sim.cluster('dev'), 'CertificatesReady')?.status === 'True';
      if (!isWell || !sim.ready('dev')) faults.push(`killed after ${crash.call}: ${sim.says('dev')}`);
    }
    expect(faults).toEqual([]);
  });
});

test('a node that is killed in the middle of its renewal renews again, because not all that runs has the new ones', async () => {
  const sim = await world().settled();
  await sim.clock.jump(336 * DAY);
  const { name } = sim.container(sim.controlPlane('dev'));
  await sim.until('it is begun', () => fileOf(sim, 'control-plane', RENEWAL.begun) !== '');
  await sim.until('files are replaced', () => daysLeft(sim, 'control-plane', APISERVER) > 364);
  expect(fileOf(sim, 'control-plane', RENEWAL.done)).toBe('');
  sim.engine.kill(name);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(fileOf(sim, 'control-plane', RENEWAL.done)).toBe(fileOf(sim, 'control-plane', RENEWAL.begun));
  expect(sim.condition(sim.cluster('dev'), 'CertificatesReady')?.status).toBe('True');
});
