import { describe, expect, test } from '@jest/globals';
import { Label } from '../../crds/names.ts';
import { cluster } from '../../test/fixtures/world/objects.ts';
import { simulation } from '../../test/fixtures/world/simulation.ts';
import { SecretType, type Secret } from '../kube/kinds.ts';

const KEY = { namespace: 'default', name: 'dev-kubeconfig' };
const { signal } = new AbortController();

test('a kubeconfig Secret that was deleted is there again', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  const before = sim.secret('dev-kubeconfig')?.data;
  await sim.user.delete(SecretType, 'dev-kubeconfig');
  await sim.settled();
  expect(sim.secret('dev-kubeconfig')?.data).toEqual(before);
});

test('a kubeconfig Secret that was edited says again what is true, and keeps what a user added', async () => {
  const sim = await simulation({ clusters: [cluster('dev', { workers: 0 })] }).settled();
  const before = sim.secret('dev-kubeconfig')?.data;
  const edit = { data: { value: 'bm9uc2Vuc2U=', notes: 'bWluZQ==' } };
  await sim.user.client.mergePatch(SecretType, KEY, edit, signal);
  await sim.settled();
  expect(sim.secret('dev-kubeconfig')?.data).toEqual({ ...before, notes: 'bWluZQ==' });
});

describe('a Secret that has the name already', () => {
  const withSecret = (labels: Record<string, string>) =>
    simulation({
      clusters: [cluster('dev', { workers: 0 })],
      before: ({ user }) =>
        user.apply({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { ...KEY, labels },
          data: { value: 'dGhlaXJz' },
        } as Secret),
    }).settled();

  test('is left alone when it is somebody else’s, and the cluster says so', async () => {
    const sim = await withSecret({});
    expect(sim.secret('dev-kubeconfig')?.data).toEqual({ value: 'dGhlaXJz' });
    expect(sim.says('dev')).toContain(
      'False NameTaken: The Secret name dev-kubeconfig belongs to a Secret without our label',
    );
    await sim.user.delete(SecretType, 'dev-kubeconfig');
    await sim.settled();
    expect(sim.ready('dev')).toBe(true);
  });

  test('is taken over when a former cluster of that name left it behind', async () => {
    const sim = await withSecret({ [Label.cluster]: 'dev' });
    expect(sim.secret('dev-kubeconfig')?.data?.['value']).not.toBe('dGhlaXJz');
    expect(sim.ready('dev')).toBe(true);
  });
});
