import { expect, test } from '@jest/globals';
import { Label } from '../../crds/names.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';
import { validityIn } from '../certificate-validity.ts';

const NAME = 'qbo-management';
const DAY = 86_400_000;
const HOUR = 3_600_000;
const APISERVER = '/etc/kubernetes/pki/apiserver.crt';

const OURS = { [Label.id]: 'management', [Label.instance]: 'qbo', [Label.role]: 'control-plane' };

const installed = (labels: Readonly<Record<string, string>>) =>
  simulation({
    settings: { managementContainer: NAME },
    before: ({ engine, kubernetes }) => {
      engine.foreignNetwork('management', '172.18.0.0/24');
      engine.foreignContainer(NAME, { addresses: { management: '172.18.0.3' }, labels });
      engine.overwrite(NAME, APISERVER, kubernetes.certificates.certify('kube-apiserver', 40 * DAY));
    },
  });

const end = (sim: Simulation): number => validityIn(sim.engine.file(NAME, APISERVER) ?? '')?.to ?? 0;

test('the certificates of the management cluster are renewed before they end, and only then', async () => {
  const sim = await installed(OURS);
  const first = end(sim);
  await sim.pass(3 * HOUR);
  expect(end(sim)).toBe(first);
  await sim.clock.jump(28 * DAY);
  await sim.pass(2 * HOUR);
  expect(end(sim) - sim.clock.now()).toBeGreaterThan(364 * DAY);
  const units = () => sim.life.writes.filter((write) => write.startsWith('engine.startUnit')).length;
  expect(units()).toBe(1);
  await sim.pass(3 * HOUR);
  expect(units()).toBe(1);
});

test('an operator that was killed in the middle goes on with it', async () => {
  const sim = await installed(OURS);
  await sim.stop();
  await sim.clock.jump(39 * DAY);
  sim.start({ atCall: 1, when: 'after' });
  for (let call = 1; call < 60; call++) {
    await sim.pass(10_000);
    if (!sim.life.isOver) break;
    sim.start({ atCall: call + 1, when: 'after' });
  }
  await sim.pass(2 * HOUR);
  expect(end(sim) - sim.clock.now()).toBeGreaterThan(364 * DAY);
});

test.each([
  ['of another installation', { ...OURS, [Label.instance]: 'blue' }],
  ['without our label', {}],
])('a container of that name %s is left alone', async (_, labels) => {
  const sim = await installed(labels);
  const first = end(sim);
  await sim.clock.jump(39 * DAY);
  await sim.pass(2 * HOUR);
  expect(end(sim)).toBe(first);
  expect(sim.life.writes).toEqual([]);
});
