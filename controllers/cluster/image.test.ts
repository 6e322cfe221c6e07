import { expect, test } from '@jest/globals';
import { NODE_IMAGE, nodeImageOf } from '../../test/fixtures/world/node-image.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';

const UNKNOWN = 'registry.example/node:v9.9.9';

test('an image that can not be had is named with the words of the registry, and the cluster goes on when it appears', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { image: UNKNOWN, workers: 0 })],
    before: ({ engine }) => {
      engine.refusePull(UNKNOWN, 'manifest for registry.example/node:v9.9.9 not found');
    },
  }).settled();
  expect(sim.condition(sim.cluster('dev'), 'Ready')).toMatchObject({ status: 'False', reason: 'ImageUnavailable' });
  expect(sim.condition(sim.cluster('dev'), 'Stalled')?.status).toBe('True');
  expect(sim.says('dev')).toContain('manifest for registry.example/node:v9.9.9 not found');
  expect(sim.says('dev')).toContain(`take one that is here: ${NODE_IMAGE}`);
  expect(sim.cluster('dev').status?.nodes).toBe('0/1');
  expect(sim.engine.look()).toMatchObject({ containers: [], networks: [] });

  sim.engine.publishImage(UNKNOWN, nodeImageOf('v9.9.9'));
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status).toMatchObject({ image: UNKNOWN, version: 'v1.35.4' });
  expect(sim.condition(sim.cluster('dev'), 'Stalled')).toBeUndefined();
});

test('a registry is asked again every half minute, and not more often', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { image: UNKNOWN })] });
  await sim.pass(10 * 60_000);
  const pulls = sim.life.calls.filter((call) => call.startsWith('engine.images.pull')).length;
  expect(pulls).toBeGreaterThanOrEqual(18);
  expect(pulls).toBeLessThanOrEqual(21);
});

test('an image that somebody loads is found without the registry', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { image: UNKNOWN, workers: 0 })] }).settled();
  expect(sim.ready('dev')).toBe(false);
  sim.addImage(UNKNOWN);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('while an image is pulled, Ready says so, and an operator that starts anew in the middle pulls it again', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { image: UNKNOWN, workers: 0 })],
    before: ({ engine }) => {
      engine.publishImage(UNKNOWN, { ...nodeImageOf('v9.9.9'), durationMs: 120_000 });
    },
  });
  await sim.pass(60_000);
  expect(sim.says('dev')).toBe(`False PullingImage: Pulling ${UNKNOWN}: Pulling ${UNKNOWN}`);
  sim.restart();
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('an image that is no node image is refused before anything is made of it', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { image: 'nginx:1.29', workers: 0 })],
    before: ({ engine }) => {
      engine.addImage('nginx:1.29', { entrypoint: ['/docker-entrypoint.sh'] });
    },
  }).settled();
  expect(sim.says('dev')).toContain(
    'False NotANodeImage: Image nginx:1.29 can not be a node: it starts /docker-entrypoint.sh',
  );
  expect(sim.engine.look()).toMatchObject({ containers: [], networks: [], volumes: [] });
});

test('without an image the newest that the engine has is taken, written to the status and never to the spec', async () => {
  const images = ['kindest/node:v1.33.1', 'kindest/node:v1.35.4', 'kindest/node:v1.34.9'];
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })], images }).settled();
  expect(sim.cluster('dev').status?.image).toBe('kindest/node:v1.35.4');
  expect(sim.cluster('dev').spec).not.toHaveProperty('image');
  expect(sim.container(sim.controlPlane('dev')).image.reference).toBe('kindest/node:v1.35.4');
});

test('an image once chosen stays when a newer one appears, also for nodes that come later', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  sim.addImage('kindest/node:v1.36.0');
  await sim.user.scale('dev', 1);
  await sim.settled();
  expect(sim.cluster('dev').status?.image).toBe(NODE_IMAGE);
  expect(sim.nodes('dev').map((node) => sim.container(node).image.reference)).toEqual([NODE_IMAGE, NODE_IMAGE]);
});

test('an image once chosen stays before the first node is made, too', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0, networking: { subnet: '172.18.0.0/24' } })],
    before: ({ engine }) => engine.foreignNetwork('office', '172.18.0.0/24'),
  }).settled();
  sim.addImage('kindest/node:v1.36.0');
  const [office] = sim.engine.look().networks;
  await sim.engine.containers().networks.remove(office?.id ?? '', new AbortController().signal);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.container(sim.controlPlane('dev')).image.reference).toBe(NODE_IMAGE);
});

test('without any image at all the cluster says what to do, and goes on when there is one', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })], images: [] }).settled();
  expect(sim.says('dev')).toContain('False NoImageKnown: Cluster dev names no image');
  sim.addImage(NODE_IMAGE);
  await sim.settled();
  expect(sim.ready('dev')).toBe(true);
});

test('with a default image set, it is pulled when the engine has none', async () => {
  const sim = await simulation({
    clusters: [cluster('dev', { workers: 0 })],
    images: [],
    settings: { defaultImage: NODE_IMAGE },
    before: ({ engine }) => {
      engine.publishImage(NODE_IMAGE, nodeImageOf('v1.35.4'));
    },
  }).settled();
  expect(sim.ready('dev')).toBe(true);
  expect(sim.cluster('dev').status?.image).toBe(NODE_IMAGE);
});
