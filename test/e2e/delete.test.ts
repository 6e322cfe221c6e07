import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../hack/console/run.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import { GONE_MS, Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';

jest.setTimeout(300_000);

describe('deleting', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await Installation.start();
  });

  afterAll(async () => installation?.remove());

  // What one test could not delete must not be the next one's trouble.
  afterEach(async () => {
    if (!installation.operator.isRunning) await installation.operator.start();
    await installation.kubectl('delete', 'clusters', '--all', `--timeout=${String(GONE_MS / 1000)}s`);
  });

  const create = (name: string, workers: number): Promise<string> =>
    installation.apply(clusterManifest(name, { image: installation.image, workers }));

  const untilContainers = (count: number) =>
    installation.until(`${String(count)} containers run`, async () => {
      const containers = await containersOf(installation.instance);
      return containers.length >= count && containers.every(({ State }) => State.Running) && containers;
    });

  const deleteWaiting = (...what: string[]): Promise<string> =>
    installation.kubectl('delete', ...what, `--timeout=${String(GONE_MS / 1000)}s`);

  const expectNothingLeft = async (): Promise<void> => {
    expect(await installation.residue()).toEqual([]);
    expect(await installation.kubectl('get', 'clusters,qn,qnet,secrets', '-o', 'name')).toBe('');
  };

  test('a cluster that is half made leaves nothing', async () => {
    await create('half', 2);
    await untilContainers(1);
    await deleteWaiting('cluster/half');
    await expectNothingLeft();
  });

  test('a cluster at the very moment of its making leaves nothing', async () => {
    await create('early', 1);
    await deleteWaiting('cluster/early');
    await expectNothingLeft();
  });

  test('its Network first changes nothing while Nodes need it, and then all goes', async () => {
    await create('netfirst', 1);
    await untilContainers(2);
    await installation.kubectl('delete', 'qnet/netfirst', '--wait=false');
    await installation.until('it says what holds it', async () => {
      const { message } = await installation.untilCondition(() => installation.network(inDefault('netfirst')), {
        type: 'Ready',
        reason: 'Deleting',
      });
      return message.includes('Delete Cluster netfirst');
    });
    expect(await containersOf(installation.instance)).toHaveLength(2);
    await deleteWaiting('cluster/netfirst');
    await expectNothingLeft();
  });

  test('all Nodes and the Network at once, and the Cluster last, leaves nothing', async () => {
    await create('nodesfirst', 1);
    await untilContainers(2);
    await installation.kubectl('delete', 'qn,qnet', '--all', '--wait=false');
    await deleteWaiting('cluster/nodesfirst');
    await expectNothingLeft();
  });

  test('a cluster whose control plane is dead leaves nothing, and is not waited for', async () => {
    await create('dead', 1);
    await installation.untilReady(inDefault('dead'));
    // Were the operator there, it would start the container again.
    await installation.operator.kill();
    const [control] = await containersOf(installation.instance, { 'qbo.io/role': 'control-plane' });
    if (control === undefined) throw new Error('There is no control plane');
    await run(['docker', 'stop', '--time', '1', nameOf(control)]);
    await installation.kubectl('delete', 'cluster/dead', '--wait=false');
    await installation.operator.start();
    await installation.untilGone(() => installation.cluster(inDefault('dead')), 60_000);
    await expectNothingLeft();
  });
});
