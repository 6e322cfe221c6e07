import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { containersOf, execIn, nameOf } from '../fixtures/operator/containers.ts';
import type { ContainerView } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';

jest.setTimeout(400_000);

const KEY = inDefault('crash');

/** At each of these moments the operator is killed without warning, and started again. */
describe('an operator that is killed', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await Installation.start({ startOperator: false });
    await installation.apply(clusterManifest('crash', { image: installation.image, workers: 2 }));
  });

  afterAll(async () => installation?.remove());

  const containers = (role?: 'control-plane' | 'worker'): Promise<readonly ContainerView[]> =>
    containersOf(installation.instance, role === undefined ? {} : { 'qbo.io/role': role });

  const killWhen = async (what: string, look: () => Promise<boolean>): Promise<void> => {
    await installation.operator.start();
    await installation.until(what, look, 90_000);
    await installation.operator.kill();
  };

  /** Whether kubeadm is at work in the container: its unit runs. */
  const isBootstrapping = async (container: ContainerView): Promise<boolean> =>
    (await execIn(nameOf(container), 'sh', '-c', 'systemctl is-active qbo-bootstrap || true')).trim() === 'active';

  const ids = (all: readonly ContainerView[]): string[] => all.map(({ Id }) => Id).sort();

  test('when it has just made the first container keeps that one', async () => {
    await killWhen('the first container is there', async () => (await containers()).length > 0);
    const before = await containers();
    await killWhen('kubeadm initialises the control plane', async () => {
      const [control] = await containers('control-plane');
      return control?.State.Running === true && isBootstrapping(control);
    });
    expect(ids(await containers('control-plane'))).toEqual(ids(before));
  });

  test('while kubeadm initialises and while workers join goes on from there to Ready', async () => {
    const [control] = await containers('control-plane');
    await killWhen('a worker joins', async () => {
      const workers = (await containers('worker')).filter(({ State }) => State.Running);
      const joining = await Promise.all(workers.map(isBootstrapping));
      return joining.includes(true);
    });
    await installation.operator.start();
    await installation.untilReady(KEY);
    expect(ids(await containers('control-plane'))).toEqual([control?.Id]);
  });

  test('leaves exactly one container for each Node, and the volumes of each once', async () => {
    const nodes = await installation.nodesOf(KEY);
    const owners = (await containers()).map(({ Config }) => Config.Labels['qbo.io/id']);
    expect(owners.sort()).toEqual(nodes.map(({ metadata }) => metadata.uid).sort());
    expect((await installation.residue()).filter((line) => line.startsWith('volume'))).toHaveLength(9);
    const workload = await installation.workload(KEY);
    await workload.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=10s');
  });

  test('in the middle of a delete finishes it', async () => {
    await installation.kubectl('delete', 'cluster/crash', '--wait=false');
    await installation.until('a container is gone', async () => (await containers()).length < 3);
    await installation.operator.kill();
    expect((await installation.residue()).length).toBeGreaterThan(0);
    await killWhen('the workers are gone', async () => (await containers('worker')).length === 0);
    await installation.operator.start();
    await installation.untilGone(() => installation.cluster(KEY));
    expect(await installation.residue()).toEqual([]);
  });
});
