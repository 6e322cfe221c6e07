import { expect, test } from '@jest/globals';
import type { KubeClient, ObjectList } from '../kube/client.ts';
import type { Service } from '../kube/kinds.ts';
import { FakeClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import { ServiceWatches } from './watches.ts';

const key = (index: number): ObjectKey => ({ namespace: 'default', name: `c${String(index)}` });

/** Clusters of which nobody has answered yet. */
async function begin(count: number) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const answers: (() => void)[] = [];
  const list = (): Promise<ObjectList<Stored<Service>>> =>
    new Promise((resolve) => {
      answers.push(() => {
        resolve({ items: [], resourceVersion: '1' });
      });
    });
  // eslint-disable-next-line require-yield -- a watch that tells nothing, until it is called off
  async function* watch(_type: unknown, _options: unknown, signal: AbortSignal): AsyncGenerator<never> {
    await clock.sleep(Number.POSITIVE_INFINITY, signal);
  }
  const client = { list, watch } as unknown as KubeClient;
  const connect = (): Promise<KubeClient> => Promise.resolve(client);
  const watches = new ServiceWatches({ clock, log: silentLogger, random: () => 0, connect });
  const running = watches.source(() => undefined, stop.signal);
  const known = (): number =>
    Array.from({ length: count }, (_, index) => watches.services(key(index))).filter((store) => store !== undefined)
      .length;
  known();
  await clock.advance(0);
  const end = async (): Promise<void> => {
    stop.abort(new Error('The test is over'));
    for (const answer of answers) answer();
    await running;
  };
  return { clock, answers, known, end };
}

test('many clusters are asked some at a time, the next as one has answered', async () => {
  const { clock, answers, known, end } = await begin(100);
  expect(answers).toHaveLength(32);
  answers[0]?.();
  answers[31]?.();
  await clock.advance(0);
  expect([answers.length, known()]).toEqual([34, 2]);
  await end();
});

test('clusters that do not answer keep the others for a moment only', async () => {
  const { clock, answers, known, end } = await begin(100);
  await clock.advance(500);
  expect(answers).toHaveLength(64);
  for (const answer of answers.slice(32)) answer();
  await clock.advance(0);
  // Those that came late have taken no place that was not theirs to give back.
  for (const answer of answers.slice(0, 32)) answer();
  await clock.advance(0);
  expect(answers).toHaveLength(96);
  for (let round = 0; round < 2; round += 1) {
    for (const answer of answers) answer();
    await clock.advance(0);
  }
  expect([answers.length, known()]).toEqual([100, 100]);
  await end();
});
