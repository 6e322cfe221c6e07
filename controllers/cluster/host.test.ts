import { expect, test } from '@jest/globals';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';

const ENOUGH = { maxUserInstances: 8_192, maxUserWatches: 1_048_576 };

test.each([
  ['fs.inotify.max_user_instances', { ...ENOUGH, maxUserInstances: 40 }, 72],
  ['fs.inotify.max_user_watches', { ...ENOUGH, maxUserWatches: 4_000 }, 6_144],
])(
  'a host whose %s is too low gets the exact command that mends it, and then the cluster goes on',
  async (name, limits, needed) => {
    const sim = await simulation({
      clusters: [cluster('dev', { workers: 2 })],
      before: ({ host }) => {
        host.inotifyLimits = limits;
      },
    }).settled();
    expect(sim.condition(sim.cluster('dev'), 'HostReady')).toMatchObject({ status: 'False', reason: 'InotifyTooLow' });
    expect(sim.says('dev')).toContain(`Run: sudo sysctl -w ${name}=${String(needed)} `);
    expect(sim.engine.look().containers).toEqual([]);
    sim.host.inotifyLimits = ENOUGH;
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  },
);

test('a cluster that runs stays Ready when the limits are lowered, and what it has is counted when more is asked for', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 1 })] }).settled();
  sim.host.inotifyLimits = { ...ENOUGH, maxUserInstances: 60 };
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  await sim.user.scale('dev', 2);
  await sim.settled();
  expect(sim.says('dev')).toContain('sudo sysctl -w fs.inotify.max_user_instances=72 ');
});
