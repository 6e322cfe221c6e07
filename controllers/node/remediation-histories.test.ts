import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { NodeKind } from '../../crds/node.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import type { Simulation } from '../../test/fixtures/world/simulation.ts';

jest.setTimeout(240_000);

const { signal } = new AbortController();
const WORKERS = 4;

interface Deed {
  readonly what:
    'restarted' | 'replaced' | 'never' | 'api server' | 'recover' | 'opt out' | 'opt in' | 'kill the operator';
  /** Which node; the control plane is the first. */
  readonly whom: number;
  readonly thenMs: number;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  what: fc.constantFrom(
    ...(['restarted', 'restarted', 'replaced', 'never', 'api server', 'recover'] as const),
    ...(['opt out', 'opt in', 'kill the operator'] as const),
  ),
  whom: fc.nat(WORKERS),
  thenMs: fc.constantFrom(0, 700, 9_000, 44_000, 75_000, 200_000),
});

async function happens({ what, whom }: Deed, sim: Simulation): Promise<void> {
  const node = sim.nodes('dev')[whom]!;
  const container = sim.engine.look().containers.find(({ owner }) => owner === node.metadata.uid);
  const setMode = (mode: string) => {
    const key = { namespace: 'default', name: node.metadata.name };
    return sim.user.client.mergePatch(NodeKind, key, { spec: { remediation: { mode } } }, signal);
  };
  switch (what) {
    case 'kill the operator':
      sim.restart();
      return;
    case 'opt out':
      await setMode('Disabled');
      return;
    case 'opt in':
      await setMode('Enabled');
      return;
    case 'recover':
      if (container !== undefined) sim.kubernetes.recover(container);
      return;
    case 'api server':
      if (container !== undefined) sim.kubernetes.ail(container, { until: 'restarted', what });
      return;
    default:
      if (container !== undefined) sim.kubernetes.ail(container, { until: what });
  }
}

/** What may never be: asked of the API server at each call that takes a container down. */
function wrongsOf(sim: Simulation, id: string): string[] {
  const container = sim.engine.look().containers.find((one) => one.id === id);
  const node = sim.nodes('dev').find(({ metadata }) => metadata.uid === container?.owner);
  if (container === undefined || node === undefined) return [];
  const { name } = node.metadata;
  const wrongs: string[] = [];
  if (node.status?.remediation?.containerID !== id)
    wrongs.push(`${name} goes down, and it was not written down before`);
  if (sim.condition(node, 'Remediating')?.status !== 'True') wrongs.push(`${name} goes down without a word`);
  const granted = sim.cluster('dev').status?.remediation?.node;
  if (granted !== name) wrongs.push(`${name} goes down, and it is the turn of ${granted ?? 'nobody'}`);
  const down = sim.engine
    .look()
    .containers.filter(({ state }) => state !== 'running')
    .map((one) => one.name);
  if (down.some((other) => other !== container.name)) wrongs.push(`${name} goes down beside ${down.join(', ')}`);
  return wrongs;
}

test('whatever falls ill whenever: one at a time, never without a word, and in the end all are well', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 2, maxLength: 10 }),
      fc.constantFrom(0, 300),
      async (deeds, watchLagMs) => {
        const wrongs: string[] = [];
        const sim: Simulation = await simulation({
          clusters: [cluster('dev', { workers: WORKERS, remediation: { timeout: '1m' } })],
          watchLagMs,
          engine: {
            onCall: (method, args) => {
              if (method === 'stop' || method === 'remove') wrongs.push(...wrongsOf(sim, String(args[0])));
              return undefined;
            },
          },
        });
        await sim.until('it is Ready', () => sim.ready('dev'));
        for (const each of deeds) {
          await happens(each, sim);
          await sim.pass(each.thenMs);
        }
        for (const container of sim.engine.look().containers) sim.kubernetes.recover(container);
        for (let whom = 0; whom <= WORKERS; whom++) await happens({ what: 'opt in', whom, thenMs: 0 }, sim);
        await sim.until('all is well', () => sim.ready('dev'), 10 * 60_000);
        await sim.settled();
        expect(wrongs).toEqual([]);
        expect(sim.cluster('dev').status?.remediation).toBeUndefined();
        expect([sim.cluster('dev'), ...sim.nodes('dev')].filter((one) => sim.condition(one, 'Remediating'))).toEqual(
          [],
        );
      },
    ),
    { numRuns: 8 },
  );
});
