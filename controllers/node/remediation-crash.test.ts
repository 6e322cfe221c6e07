import { describe, expect, jest, test } from '@jest/globals';
import type { Ailment } from '../../test/fixtures/world/ailments.ts';
import type { Crash } from '../../test/fixtures/world/life.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';

jest.setTimeout(240_000);

/** A world with a sick node, and an operator that knows nothing of what was before, and dies where `crash` says. */
async function sickWorld(ailment: Ailment, crash?: Crash): Promise<Simulation> {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1, remediation: { timeout: '30s' } })] });
  await sim.until('it is Ready', () => sim.ready('dev'));
  const worker = sim.workers('dev')[0]!;
  sim.kubernetes.ail(sim.container(worker), ailment);
  await sim.until('it is sick', () => healthOf(sim) === 'False');
  await sim.pass(28_000);
  sim.start(crash);
  return sim;
}

const sickOne = (sim: Simulation) => sim.workers('dev')[0]!;
const healthOf = (sim: Simulation) => sim.condition(sickOne(sim), 'Healthy')?.status;

const isOver = (sim: Simulation): boolean =>
  sim.ready('dev') &&
  sim.cluster('dev').status?.remediation === undefined &&
  sickOne(sim).status?.remediation !== undefined;

const count = (sim: Simulation, method: string): number =>
  sim.engine.calls.filter((call) => call.startsWith(`${method} `)).length;

/** What is wrong with a world in which a node has been remedied: nothing, it is to be hoped. */
function faultsOf(sim: Simulation, expected: { readonly stops: number; readonly removals: number }): string[] {
  const faults: string[] = [];
  if (!sim.ready('dev')) faults.push(`not Ready: ${sim.says('dev')}`);
  if (count(sim, 'stop') !== expected.stops) faults.push(`stopped ${String(count(sim, 'stop'))} times`);
  if (count(sim, 'remove') !== expected.removals) faults.push(`removed ${String(count(sim, 'remove'))} times`);
  if (sim.engine.look().containers.length !== 2) faults.push('not one container a Node');
  if (sim.kubeNodes('dev').length !== 2) faults.push(`${String(sim.kubeNodes('dev').length)} Kubernetes nodes`);
  if (sim.cluster('dev').status?.remediation !== undefined) faults.push('the turn was never given back');
  if (sim.condition(sickOne(sim), 'Remediating') !== undefined) faults.push('it is still said to be remedied');
  return faults;
}

describe('an operator that is killed', () => {
  test.each([
    ['restart', { until: 'restarted' }, { from: 'engine.stop', stops: 1, removals: 0 }],
    ['replacement', { until: 'replaced' }, { from: '/bin/sh', stops: 1, removals: 1 }],
  ] as const)('at any call of a %s goes on where it was, and does nothing twice', async (_, ailment, expected) => {
    const whole = await sickWorld(ailment);
    await whole.until('it is over', () => isOver(whole));
    const { calls } = whole.life;
    const from = Math.max(calls.findIndex((call) => call.includes(expected.from)) - 12, 0);
    const crashes = calls.flatMap((call, index): Crash[] => {
      const atCall = index + 1;
      if (index < from) return [];
      return whole.life.isWrite(call) || call.includes(' exec') || atCall % EVERY === 0
        ? [{ atCall, when: 'after' }]
        : [];
    });
    expect(crashes.length).toBeGreaterThan(10);
    const faults: string[] = [];
    for (const crash of crashes) {
      const sim = await sickWorld(ailment, crash);
      await sim.until('the operator has died', () => sim.life.isOver);
      const where = `after call ${String(crash.atCall)} (${sim.life.calls.at(-1) ?? ''})`;
      sim.start();
      await sim.until('it is over', () => isOver(sim));
      // And nothing more is done.
      await sim.pass(40_000);
      faults.push(...faultsOf(sim, expected).map((fault) => `killed ${where}: ${fault}`));
    }
    expect(faults).toEqual([]);
  });
});

/** Of the calls that only look, some: to die before a change is to die after the look that led to it. */
const EVERY = 25;
