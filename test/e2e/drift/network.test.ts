import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { nameOf } from '../../fixtures/operator/containers.ts';
import { HarmedCluster, addressesOf, docker, networkOf } from '../../fixtures/operator/harmed-cluster.ts';
import { HTTP_PORT, awaitPods, podManifest, whoAnswers } from '../../fixtures/operator/pods.ts';

jest.setTimeout(400_000);

describe('nodes whose network somebody harms', () => {
  let cluster: HarmedCluster;

  beforeAll(async () => {
    cluster = await HarmedCluster.begin('cables', 2);
    const [one, two] = await cluster.installation.nodesOf(cluster.key, 'worker');
    await cluster.workload.apply(podManifest('here', { node: one?.status?.hostname ?? '' }));
    await cluster.workload.apply(podManifest('there', { node: two?.status?.hostname ?? '' }));
    await awaitPods(cluster.workload, 'here', 'there');
  });

  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  /** Across two nodes, by the routes of the pod network, which went with the network. */
  const expectPodsReachEachOther = async (): Promise<void> => {
    const answer = await cluster.until('a pod reaches one on another node', async () => {
      const address = await cluster.workload.kubectl('get', 'pod', 'there', '-o', 'jsonpath={.status.podIP}');
      return whoAnswers(cluster.workload, 'here', address, HTTP_PORT);
    });
    expect(answer).toBe('there');
  };

  test('by docker network disconnect are attached again, where they were, and people are told', async () => {
    const before = await cluster.container('worker');
    await docker('network', 'disconnect', networkOf(before), nameOf(before));
    await cluster.until('it has its address again', async () => {
      const now = await cluster.container('worker');
      return now.Id === before.Id && addressesOf(now).join() === addressesOf(before).join();
    });
    const told = await cluster.untilTold((await cluster.nodeOf(before)).metadata.name, 'NetworkRestored');
    expect(told).toContain(`attached again at ${addressesOf(before).join()}`);
    await cluster.installation.untilReady(cluster.key);
    await expectPodsReachEachOther();
  });

  test('by removing it are all in a new one of its subnet, at their addresses', async () => {
    const before = await cluster.containers();
    const network = networkOf(before[0]!);
    const former = await docker('network', 'inspect', '--format', '{{.Id}}', network);
    // Awake, the operator would attach again what is detached faster than anybody gets the network removed.
    await cluster.installation.operator.kill();
    for (const { Id } of before) await docker('network', 'disconnect', '--force', network, Id);
    await docker('network', 'rm', network);
    await cluster.installation.operator.start();
    await cluster.until('all are back', async () => {
      const now = await cluster.containers();
      return now.every(
        (container, index) =>
          container.Id === before[index]?.Id && addressesOf(container).join() === addressesOf(before[index]).join(),
      );
    });
    expect(await docker('network', 'inspect', '--format', '{{.Id}}', network)).not.toBe(former);
    await cluster.installation.untilReady(cluster.key);
    await expectPodsReachEachOther();
  });

  test('by taking an address are told who has it, and start within a second when it is free', async () => {
    const before = await cluster.container('worker');
    const [address = ''] = addressesOf(before);
    const squatter = `squatter-${cluster.installation.instance}`;
    await cluster.installation.operator.kill();
    await docker('kill', before.Id);
    await cluster.stranger(squatter, '--network', networkOf(before), '--ip', address);
    await cluster.installation.operator.start();
    const taken = await cluster.installation.untilCondition(() => cluster.nodeOf(before), {
      type: 'ContainerReady',
      reason: 'AddressTaken',
    });
    expect(taken.message).toContain(`container ${squatter}`);
    await docker('rm', '--force', squatter);
    await cluster.untilBack(before, 'same');
    await cluster.installation.untilReady(cluster.key);
    await expectPodsReachEachOther();
  });

  test('by stopping all of them at once, as a host that is rebooted does, start again, the control plane first', async () => {
    const before = await cluster.containers();
    await cluster.installation.operator.kill();
    await docker('kill', ...before.map(({ Id }) => Id));
    await cluster.installation.operator.start();
    for (const container of before) await cluster.untilBack(container, 'same');
    const startedAt = (container: { State: { StartedAt: string } }): number => Date.parse(container.State.StartedAt);
    const [control] = await cluster.containers('control-plane');
    const workers = await cluster.containers('worker');
    expect(Math.min(...workers.map(startedAt))).toBeGreaterThan(startedAt(control!));
    await cluster.installation.untilReady(cluster.key);
    await expectPodsReachEachOther();
  });
});
