import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import { helperName } from '../../../controllers/backends/docker/dataplane-helper.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { dockerContainers } from '../../../controllers/backends/docker/index.ts';
import { clearRules } from '../../../hack/down/clear-rules.ts';
import { findCondition } from '../../../controllers/runtime/condition.ts';
import { ensureEngine } from '../../../hack/engine/ensure-engine.ts';
import { DEFAULT_SOCKET } from '../../../hack/engine/places.ts';
import { instanceOf } from '../../../hack/management/instance.ts';
import { ensureOperatorImage } from '../../../hack/operator-image/ensure-operator-image.ts';
import { containersOf, nameOf } from '../../fixtures/operator/containers.ts';
import { EngineProxy } from '../../fixtures/operator/engine-proxy.ts';
import { restartEngine } from '../../fixtures/operator/engine-restart.ts';
import { docker } from '../../fixtures/operator/harmed-cluster.ts';
import { GONE_MS } from '../../fixtures/operator/installation.ts';
import type { Installation } from '../../fixtures/operator/installation.ts';
import { balanced } from '../../fixtures/traffic/balanced.ts';
import type { BalancedCluster } from '../../fixtures/traffic/balanced.ts';
import { EchoConnection } from '../../fixtures/traffic/client.ts';
import { echoService } from '../../fixtures/traffic/echo.ts';
import { balancingOnHost, harm } from '../../fixtures/traffic/host.ts';
import { SteadyClient, tellTally } from '../../fixtures/traffic/steady-client.ts';
import type { Tally } from '../../fixtures/traffic/steady-client.ts';

jest.setTimeout(400_000);

const PORT = 80;
/** Only nodes with a server of it are members. */
const LOCAL_PORT = 81;

describe('while clients keep asking', () => {
  let installation: Installation;
  let cluster: BalancedCluster;
  let proxy: EngineProxy;
  let address = '';

  beforeAll(async () => {
    const image = await ensureOperatorImage(await ensureEngine());
    const made = await balanced(
      { harbour: 2 },
      {
        settings: { QBO_DATAPLANE_IMAGE: image },
        engineSocket: async (real, folder) => {
          proxy = new EngineProxy(join(folder, 'engine.sock'), real);
          await proxy.open();
          return proxy.socketPath;
        },
      },
    );
    installation = made.installation;
    [cluster] = made.clusters as [BalancedCluster];
    await cluster.echoServers('echo', 2);
    await cluster.workload.apply(
      echoService('open', { app: 'echo', port: PORT }),
      echoService('local', { app: 'echo', port: LOCAL_PORT, policy: 'Local' }),
    );
    address = await cluster.addressOf('local');
    for (const port of [PORT, LOCAL_PORT]) {
      await cluster.untilAnswersTcp({ address, port });
      await cluster.untilAnswersUdp({ address, port });
    }
    await untilBothAnswer();
  });

  afterAll(async () => {
    await installation?.remove();
    await proxy?.cut();
  });

  /** The local Service answers from both nodes again. */
  const untilBothAnswer = async (): Promise<void> => {
    await installation.untilReady(cluster.key);
    await cluster.workload.kubectl('rollout', 'status', 'deployment/echo', '--timeout=120s');
    await installation.until('both nodes are members', async () => {
      const members = (await cluster.balancerOf('local'))?.status?.members ?? [];
      return members.filter(({ state }) => state === 'Ready').length === 2;
    });
  };

  /** Clients of both Services, by TCP and UDP, while something happens. */
  const during = async (
    what: string,
    happens: (clients: readonly SteadyClient[]) => Promise<void>,
  ): Promise<{ readonly open: Tally; readonly local: Tally; readonly udp: Tally }> => {
    const clients = [
      new SteadyClient('tcp', { address, port: PORT }),
      new SteadyClient('tcp', { address, port: LOCAL_PORT }),
      new SteadyClient('udp', { address, port: LOCAL_PORT }, 1_000),
    ] as const;
    const stop = () => Promise.all([clients[0].stop(), clients[1].stop(), clients[2].stop()]);
    try {
      await answeredMore(clients, 20);
      await happens(clients);
      await answeredMore(clients, 20);
    } catch (error) {
      await stop();
      throw error;
    }
    const [open, local, udp] = await stop();
    tellTally(`${what}, TCP`, open);
    tellTally(`${what}, TCP, local`, local);
    tellTally(`${what}, UDP, local`, udp);
    return { open, local, udp };
  };

  const answeredMore = async (clients: readonly SteadyClient[], more: number): Promise<void> => {
    const before = clients.map(({ answered }) => answered);
    await installation.until('all clients are answered', () =>
      Promise.resolve(clients.every(({ answered }, index) => answered >= (before[index] ?? 0) + more)),
    );
  };

  const worker = async () => {
    const [found] = await containersOf(installation.instance, { 'qbo.io/role': 'worker' });
    if (found === undefined) throw new Error('There is no worker');
    return found;
  };

  test('rules that somebody flushes or deletes are back, and connections that were right go on', async () => {
    const connection = await EchoConnection.open({ address, port: LOCAL_PORT }, 30_000);
    const { pod } = await connection.say('before');
    const device = (await cluster.balancerOf('local'))?.status?.interface ?? '';
    const harms = {
      flushed: () => harm.flush(installation.instance),
      deleted: () => harm.deleteTable(installation.instance),
      unbound: () => harm.unbind(address, device),
      gate: () => harm.closeGate(),
    };
    const before = (await balancingOnHost(installation.instance)).sort();
    for (const [what, happens] of Object.entries(harms)) {
      const startedAt = performance.now();
      await happens();
      await cluster.untilAnswersTcp({ address, port: PORT });
      await cluster.untilAnswersUdp({ address, port: LOCAL_PORT });
      await installation.until('all is there again', async () => {
        const now = (await balancingOnHost(installation.instance)).sort();
        return (
          now.length === before.length &&
          now.every((line, at) => line.replace(/^\d+/, '') === before[at]?.replace(/^\d+/, ''))
        );
      });
      process.stderr.write(`    ${what}: well after ${String(Math.round(performance.now() - startedAt))} ms\n`);
      expect(await connection.say(what)).toMatchObject({ pod, said: what });
    }
    connection.close();
  });

  test('the helper is killed and removed: nobody notices, and it comes back', async () => {
    const name = helperName(installation.instance);
    const tally = await during('helper killed and removed', async (clients) => {
      await docker('kill', name);
      await answeredMore(clients, 20);
      await installation.until(
        'it runs again',
        async () => (await docker('inspect', '-f', '{{.State.Running}}', name)) === 'true',
      );
      await docker('rm', '--force', name);
      await installation.until(
        'it is there again',
        async () => (await docker('inspect', '-f', '{{.State.Running}}', name)) === 'true',
      );
    });
    expect([tally.open.failures, tally.local.failures, tally.udp.failures]).toEqual([[], [], []]);
    await harm.flush(installation.instance);
    await cluster.untilAnswersTcp({ address, port: PORT });
  });

  test('the operator is killed: nobody notices; what is flushed meanwhile is back when it starts', async () => {
    const tally = await during('operator killed', async (clients) => {
      await installation.operator.kill();
      await answeredMore(clients, 20);
      await installation.operator.start();
      await installation.untilOperatorReady();
    });
    expect([tally.open.failures, tally.local.failures, tally.udp.failures]).toEqual([[], [], []]);
    await installation.operator.kill();
    await harm.deleteTable(installation.instance);
    await expect(EchoConnection.open({ address, port: PORT }, 2_000)).rejects.toThrow();
    await installation.operator.start();
    await cluster.untilAnswersTcp({ address, port: PORT });
  });

  test('workers become more and fewer, and a node is drained: nobody notices', async () => {
    const tally = await during('3 workers, then 2', async () => {
      await installation.kubectl('scale', 'cluster/harbour', '--replicas=3');
      await installation.untilReady(cluster.key);
      const leaving = await worker();
      const name = leaving.Config.Labels['qbo.io/id'];
      const node = (await installation.nodesOf(cluster.key, 'worker')).find(({ metadata }) => metadata.uid === name);
      await installation.kubectl('annotate', 'qn', node?.metadata.name ?? '', 'qbo.io/remove-first=true');
      await installation.kubectl('scale', 'cluster/harbour', '--replicas=2');
      await installation.untilReady(cluster.key);
      expect((await containersOf(installation.instance)).map(nameOf)).not.toContain(nameOf(leaving));
    });
    expect([tally.open.failures, tally.local.failures, tally.udp.failures]).toEqual([[], [], []]);
    await untilBothAnswer();
  });

  test('a node is stopped as asked: it is a member no more, and one again when it runs', async () => {
    const name = (await installation.nodesOf(cluster.key, 'worker'))[0]?.metadata.name ?? '';
    const power = (wanted: string) =>
      installation.kubectl('patch', 'qn', name, '--type=merge', '-p', JSON.stringify({ spec: { power: wanted } }));
    await during('node stopped and started', async (clients) => {
      await power('Stopped');
      await installation.untilCondition(() => installation.node({ namespace: 'default', name }), {
        type: 'Ready',
        reason: 'Stopped',
      });
      const failed = clients[1]?.failed;
      await answeredMore(clients.slice(1), 50);
      expect(clients[1]?.failed).toBe(failed);
      await power('Running');
      await untilBothAnswer();
    });
  });

  test('a node is killed: nobody who asks later is sent there, until it is back', async () => {
    const killed = await worker();
    const id = killed.Config.Labels['qbo.io/id'];
    const node = (await installation.nodesOf(cluster.key)).find(({ metadata }) => metadata.uid === id);
    let heardMs = 0;
    const tally = await during('node killed', async (clients) => {
      await docker('kill', killed.Id);
      await installation.until('it is a member no more', async () => {
        const { members, conditions } = (await cluster.balancerOf('local'))?.status ?? {};
        const state = members?.find((member) => member.node === node?.metadata.name)?.state;
        return state !== 'Ready' && findCondition(conditions, 'DataplaneReady')?.status === 'True';
      });
      // Those of the other Service wait for nodes that still lead to the dead one.
      await answeredMore(clients.slice(1), 4);
      heardMs = clients[1]?.ageMs ?? 0;
      process.stderr.write(`      heard of after ${String(heardMs)} ms\n`);
      await installation.until('it runs again', async () => {
        const [now] = await containersOf(installation.instance, { 'qbo.io/id': id ?? '' });
        return now?.State.Running === true && now.State.StartedAt !== killed.State.StartedAt;
      });
      await untilBothAnswer();
    });
    expect(tally.local.failures.filter(({ askedMs }) => askedMs > heardMs)).toEqual([]);
  });

  test('the cluster is stopped: its address stays, nobody answers there, and all do when it runs', async () => {
    const power = (wanted: string) =>
      installation.kubectl(
        'patch',
        'cluster/harbour',
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { power: wanted } }),
      );
    await power('Stopped');
    await installation.untilCondition(() => installation.cluster(cluster.key), { type: 'Ready', reason: 'Stopped' });
    await expect(EchoConnection.open({ address, port: PORT }, 2_000)).rejects.toThrow();
    await power('Running');
    await untilBothAnswer();
    expect(await cluster.addressOf('local')).toBe(address);
    for (const port of [PORT, LOCAL_PORT]) await cluster.untilAnswersTcp({ address, port });
  });

  test('the engine restarts: all answer again, on the same address', async () => {
    await restartEngine(await containersOf(installation.instance), proxy);
    await untilBothAnswer();
    expect(await cluster.addressOf('local')).toBe(address);
    for (const port of [PORT, LOCAL_PORT]) {
      await cluster.untilAnswersTcp({ address, port });
      await cluster.untilAnswersUdp({ address, port });
    }
    expect((await installation.cluster(cluster.key))?.status?.endpoint).toBe(`https://${address}:6443`);
  });

  test('nothing is left behind when all is deleted', async () => {
    await installation.kubectl('delete', 'cluster/harbour', `--timeout=${String(GONE_MS / 1000)}s`);
    await installation.kubectl('delete', 'addresspool/default', '--timeout=60s');
    expect(await balancingOnHost(installation.instance)).toEqual([]);
    expect(await installation.residue()).toEqual([`container ${helperName(installation.instance)}`]);
    await installation.operator.stop();
    const { signal } = new AbortController();
    const containers = dockerContainers({ socketPath: DEFAULT_SOCKET }, silentLogger);
    await clearRules(containers, instanceOf({ QBO_INSTANCE: installation.instance }), DEFAULT_SOCKET, signal);
    expect(await balancingOnHost(installation.instance)).toEqual([]);
  });
});
