import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findCondition } from '../../../controllers/runtime/condition.ts';
import { run } from '../../../hack/console/run.ts';
import { BYSTANDER } from '../../fixtures/operator/bystanders.ts';
import { docker } from '../../fixtures/operator/harmed-cluster.ts';
import { GONE_MS } from '../../fixtures/operator/installation.ts';
import type { Installation } from '../../fixtures/operator/installation.ts';
import { balanced } from '../../fixtures/traffic/balanced.ts';
import type { BalancedCluster } from '../../fixtures/traffic/balanced.ts';
import { EchoConnection, askTcp, askUdp } from '../../fixtures/traffic/client.ts';
import { ECHO_PORT, askByPerl, askInPod, echoService, parseEcho } from '../../fixtures/traffic/echo.ts';
import { balancingOnHost } from '../../fixtures/traffic/host.ts';

jest.setTimeout(400_000);

describe('Services of type LoadBalancer, in two clusters', () => {
  let installation: Installation;
  let north: BalancedCluster;
  let south: BalancedCluster;
  let address = '';
  let southAddress = '';

  beforeAll(async () => {
    const made = await balanced({ north: 2, south: 0 });
    [north, south] = made.clusters as [BalancedCluster, BalancedCluster];
    installation = made.installation;
    await north.echoServers('echo', 2);
    await south.echoServers('echo', 1);
  });

  afterAll(async () => installation?.remove());

  test('answer this host by TCP and UDP, each cluster on the address that its API server has too', async () => {
    for (const cluster of [north, south]) {
      await cluster.workload.apply(echoService('open', { app: 'echo', port: 80 }));
      const shown = await cluster.addressOf('open');
      const endpoint = (await installation.cluster(cluster.key))?.status?.endpoint;
      expect(endpoint).toBe(`https://${shown}:6443`);
      const { kubectl } = await installation.workload(cluster.key);
      expect(await kubectl('config', 'view')).toContain(`server: https://${shown}:6443`);
      expect(await kubectl('get', 'nodes', '-o', 'name')).toContain('node/control-');
      await cluster.untilAnswersTcp({ address: shown, port: 80 });
      await cluster.untilAnswersUdp({ address: shown, port: 80 });
    }
    address = await north.addressOf('open');
    southAddress = await south.addressOf('open');
    expect(southAddress).not.toBe(address);
  });

  test('answer from every node that has a server', async () => {
    const pods = new Set((await north.podsOf('echo')).map(({ name }) => name));
    const seen = new Set<string>();
    await installation.until('all have answered', async () => {
      seen.add((await askTcp({ address, port: 80 })).pod);
      return seen.size === pods.size;
    });
    expect(seen).toEqual(pods);
  });

  test('show a local one who asks, and nobody else; and only nodes with a server of it are members', async () => {
    await north.workload.kubectl('scale', 'deployment/echo', '--replicas=1');
    await north.workload.apply(echoService('local', { app: 'echo', port: 81, policy: 'Local' }));
    const [pod] = await installation.until('one server is left', async () => {
      const pods = await north.podsOf('echo');
      return pods.length === 1 && pods;
    });
    const nodes = await installation.nodesOf(north.key);
    const node = nodes.find(({ status }) => status?.hostname === pod?.node);
    await installation.until('its node is the only member', async () => {
      const members = (await north.balancerOf('local'))?.status?.members;
      return members?.length === 1 && members[0]?.node === node?.metadata.name;
    });
    await north.untilAnswersTcp({ address, port: 81 });

    const stranger = `asks-${installation.instance}`;
    const label = `${BYSTANDER}=${installation.instance}`;
    const image = [installation.image, 'infinity'] as const;
    await docker('run', '--detach', '--init', '--name', stranger, '--label', label, '--entrypoint', 'sleep', ...image);
    const own = await docker('inspect', '--format', '{{.NetworkSettings.Networks.bridge.IPAddress}}', stranger);
    const ask = async (protocol: 'tcp' | 'udp', port: number) =>
      parseEcho(await docker('exec', stranger, ...askByPerl(protocol, address, port)));
    for (const protocol of ['tcp', 'udp'] as const) {
      expect((await installation.until('it answers', () => ask(protocol, 81))).client).toBe(own);
      expect((await installation.until('it answers', () => ask(protocol, 80))).client).not.toBe(own);
    }
  });

  test('answer pods of the other cluster, and their own', async () => {
    const [northern] = await north.podsOf('echo');
    const [southern] = await south.podsOf('echo');
    const ask = async (from: BalancedCluster, protocol: 'tcp' | 'udp', to: string) => {
      const pod = (from === north ? northern : southern)?.name ?? '';
      return parseEcho(await from.workload.kubectl('exec', pod, '--', ...askInPod(protocol, to, 80)));
    };
    for (const protocol of ['tcp', 'udp'] as const) {
      const answers = [
        await installation.until('south answers north', () => ask(north, protocol, southAddress)),
        await installation.until('north answers south', () => ask(south, protocol, address)),
        await installation.until('north answers itself', () => ask(north, protocol, address)),
      ];
      expect(answers.map(({ pod }) => pod)).toEqual([southern?.name, northern?.name, northern?.name]);
    }
  });

  test('that want one port of their address: the later says so and waits, and has it when it is free', async () => {
    await north.workload.kubectl('scale', 'deployment/echo', '--replicas=2');
    await north.echoServers('other', 1);
    const isOf = (app: string) => async () => (await askTcp({ address, port: 80 })).pod.startsWith(`${app}-`);
    await north.workload.apply(echoService('later', { app: 'other', port: 80 }));
    const clash = await installation.untilCondition(() => north.balancerOf('later'), {
      type: 'Ready',
      status: 'False',
      reason: 'PortTaken',
    });
    expect(clash.message).toContain((await north.balancerOf('open'))?.metadata.name ?? '?');
    expect(await isOf('echo')()).toBe(true);
    expect(findCondition((await north.balancerOf('open'))?.status?.conditions, 'Ready')?.status).toBe('True');

    const ports = ['TCP', 'UDP'].map((protocol) => ({
      name: protocol.toLowerCase(),
      protocol,
      port: 82,
      targetPort: ECHO_PORT,
    }));
    await north.patchService('open', { ports });
    await installation.until('the later one has the port', isOf('other'));
    await installation.untilCondition(() => north.balancerOf('later'), { type: 'Ready', status: 'True' });
    expect((await north.untilAnswersTcp({ address, port: 82 })).pod).toMatch(/^echo-/);
    expect((await north.untilAnswersUdp({ address, port: 82 })).pod).toMatch(/^echo-/);
    await north.workload.kubectl('delete', 'service', 'later');
    await north.untilRefused({ address, port: 80 });
  });

  test('answer no more when their type is another, and answer there again when it is back', async () => {
    const server = { address, port: 82 };
    await north.patchService('open', { type: 'ClusterIP' });
    await north.untilRefused(server);
    await installation.until('it shows no address', async () => (await north.shown('open')) === undefined);
    await installation.untilGone(() => north.balancerOf('open'));
    await north.patchService('open', { type: 'LoadBalancer' });
    expect(await north.addressOf('open')).toBe(address);
    await north.untilAnswersTcp(server);
    await north.untilAnswersUdp(server);
  });

  test('let in who is of their source ranges, and nobody else', async () => {
    const server = { address, port: 82 };
    await north.patchService('open', { loadBalancerSourceRanges: ['203.0.113.0/24'] });
    await installation.until('it is closed', async () => {
      try {
        await askTcp(server, 500);
        return false;
      } catch {
        return true;
      }
    });
    await north.patchService('open', { loadBalancerSourceRanges: null });
    await north.untilAnswersTcp(server);
  });

  test('keep a client at one server when they are to', async () => {
    const server = { address, port: 82 };
    await north.patchService('open', { sessionAffinity: 'ClientIP' });
    await installation.until('it is balanced so', async () => {
      const found = await north.balancerOf('open');
      return (
        found?.spec.persistenceSeconds === 10_800 && findCondition(found.status?.conditions, 'Ready')?.status === 'True'
      );
    });
    // Nodes need a moment to hear of it.
    await installation.until('one answers all the time', async () => {
      const answers = new Set<string>();
      for (let request = 0; request < 16; request += 1) answers.add((await askTcp(server)).pod);
      return answers.size === 1;
    });
  });

  test('of one cluster have nothing to do with the deletion of the other', async () => {
    const connection = await EchoConnection.open({ address, port: 82 });
    const { pod } = await connection.say('before');
    await installation.kubectl('delete', 'cluster/south', `--timeout=${String(GONE_MS / 1000)}s`);
    await expect(askTcp({ address: southAddress, port: 80 }, 2_000)).rejects.toThrow();
    expect(await connection.say('after')).toMatchObject({ pod, said: 'after' });
    expect((await askUdp({ address, port: 82 })).pod).toMatch(/^echo-/);
    connection.close();
  });

  test('leave nothing behind', async () => {
    expect((await balancingOnHost(installation.instance)).length).toBeGreaterThan(2);
    await installation.kubectl('delete', 'cluster/north', `--timeout=${String(GONE_MS / 1000)}s`);
    await installation.kubectl('delete', 'addresspool/default', '--timeout=60s');
    await docker('rm', '--force', `asks-${installation.instance}`);
    expect(await installation.residue()).toEqual([]);
    expect(await balancingOnHost(installation.instance)).toEqual([]);
    expect((await run(['ip', 'route', 'show', 'table', 'all'])).stdout).not.toContain(address);
  });
});
