import { NodeKind } from '../../../crds/node.ts';
import { KubeNodeType } from '../../../controllers/kube/kinds.ts';
import type { Simulation } from '../../fixtures/world/simulation.ts';
import { isOurs } from '../witness.ts';
import { ourContainers, spell, toContainer } from './turn.ts';
import type { Deed } from './turn.ts';

const { signal } = new AbortController();

/** What happens to containers and networks behind the operator's back. */
export const ENGINE_DEEDS: Readonly<Record<string, Deed>> = {
  kill: toContainer((sim, { name, state }) => {
    if (state === 'running') sim.engine.kill(name);
  }),
  crash: toContainer((sim, { name, state }) => {
    if (state === 'running') sim.engine.crash(name);
  }),
  pauseContainer: toContainer((sim, { name, state }) => {
    if (state === 'running') sim.engine.pause(name);
  }),
  stop: toContainer((sim, { name }) => {
    sim.engine.stop(name);
  }),
  remove: toContainer((sim, { name }) => {
    sim.engine.removeBehindOurBack(name);
  }),
  removeWithAVolume: (turn) => {
    const { sim, pick } = turn;
    const container = pick(ourContainers(turn));
    const volume = pick(
      sim.engine.look().volumes.filter(({ owner }) => owner !== undefined && owner === container?.owner),
    );
    if (container === undefined || volume === undefined) return;
    sim.engine.removeBehindOurBack(container.name);
    // Somebody's command: it may be refused, or the engine may be away.
    void sim.engine
      .containers()
      .volumes.remove(volume.name, signal)
      .catch(() => undefined);
  },
  sicken: toContainer((sim, container) => {
    if (container.state === 'running') sim.kubernetes.ail(container, { until: 'restarted' });
  }),
  removeAll: (turn) => {
    for (const { name } of ourContainers(turn)) turn.sim.engine.removeBehindOurBack(name);
  },
  disconnect: toContainer((sim, { name, addresses }) => {
    const network = sim.engine.look().networks.find(({ id }) => id in addresses);
    if (network !== undefined) sim.engine.disconnect(network.name, name);
  }),
  removeNetwork: ({ sim, pick }) => {
    const network = pick(sim.engine.look().networks.filter(isOurs));
    if (network !== undefined) sim.engine.removeNetwork(network.name);
  },
  foreignNetwork: ({ sim, pick }) => {
    const subnet = `172.18.${String(pick([40, 41, 42]) ?? 40)}.0/24`;
    const { networks } = sim.engine.look();
    if (!networks.some(({ subnets }) => subnets.includes(subnet)))
      sim.engine.foreignNetwork(`office ${subnet}`, subnet);
  },
  foreignNetworkGoes: ({ sim, pick }) => {
    const network = pick(sim.engine.look().networks.filter(({ name }) => name.startsWith('office ')));
    if (network !== undefined) sim.engine.removeNetwork(network.name);
  },
  foreignContainer: ({ sim, pick }) => {
    const node = pick(sim.api.peekAll(NodeKind));
    const names = sim.engine.look().containers.map(({ name }) => name);
    const name = node?.metadata.name ?? 'busy';
    if (!names.includes(name)) sim.engine.foreignContainer(name);
  },
  squat: toContainer((sim, { name, addresses }) => {
    const network = sim.engine.look().networks.find(({ id }) => id in addresses);
    const address = addresses[network?.id ?? ''];
    if (network === undefined || address === undefined) return;
    sim.engine.kill(name);
    sim.engine.foreignContainer(`squatter of ${address}`, { addresses: { [network.name]: address } });
  }),
  squattersGo: ({ sim }) => {
    chaseSquatters(sim);
  },
  engineRestarts: ({ sim }) => {
    sim.engine.restartEngine();
  },
  engineIsAway: spell(
    ({ sim }) => {
      sim.engine.unavailable(true);
    },
    ({ sim }) => {
      sim.engine.unavailable(false);
    },
  ),
  engineIsSlow: spell(
    ({ pace, pick }) => {
      pace.latencyMs = pick([20, 400, 3_000]) ?? 0;
    },
    ({ pace }) => {
      pace.latencyMs = 0;
    },
  ),
  kubeletDies: toContainer((sim, { name }) => {
    sim.kubernetes.stopService(name, 'kubelet');
  }),
  containerdDies: toContainer((sim, { name }) => {
    sim.kubernetes.stopService(name, 'containerd');
  }),
  kubernetesNodeIsDeleted: ({ sim, pick }) => {
    const server = pick(sim.kubernetes.servers());
    const found = server && pick(server.peekAll(KubeNodeType));
    return (
      found && server.client('user').delete(KubeNodeType, { namespace: '', name: found.metadata.name }, {}, signal)
    );
  },
};

export function chaseSquatters(sim: Simulation): void {
  const { containers } = sim.engine.look();
  for (const { name } of containers.filter((one) => one.name.startsWith('squatter'))) {
    sim.engine.removeBehindOurBack(name);
  }
}
