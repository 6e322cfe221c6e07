import type { Cluster } from '../../crds/cluster.ts';
import type { BalancedMember, BalancedRule, LoadBalancer } from '../../crds/load-balancer.ts';
import type { Node } from '../../crds/node.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { IpvsRow, State } from '../wire/rows.ts';
import { hostNameOf } from './node.ts';
import type { Owners } from './owner.ts';

/** What rows of a load balancer show beside it. */
export interface Balanced {
  readonly cluster: Stored<Cluster> | undefined;
  /** Nodes of its cluster. */
  readonly nodes: readonly Stored<Node>[];
  readonly owners: Owners;
}

const PROTOCOLS = { TCP: 't', UDP: 'u', SCTP: 's' } as const;
/** As ipvsadm has them: masquerading, gatewaying, and IP in IP. */
const FORWARDING = { Masquerade: 'm', Direct: 'g', Tunnel: 'i' } as const;

/** One row a server behind a port; none while it has no address, or nobody answers. */
export function ipvsRows(loadBalancer: Stored<LoadBalancer>, { cluster, nodes, owners }: Balanced): readonly IpvsRow[] {
  const { metadata, spec, status } = loadBalancer;
  const nodeAt = new Map(nodes.map((node) => [node.metadata.name, node]));
  return (status?.rules ?? []).flatMap((rule) =>
    (status?.members ?? []).map((member): IpvsRow => {
      const node = nodeAt.get(member.node ?? '');
      return {
        ...behind(member, node, cluster),
        vip: status?.address ?? '',
        vip_port: portsOf(rule.port, rule),
        rip: member.address,
        rip_port: portsOf(rule.targetPort, rule),
        aux: '',
        protocol: PROTOCOLS[rule.protocol],
        scheduler: spec.scheduler,
        forward: FORWARDING[spec.forwarding],
        weight: member.state === 'Draining' ? 0 : member.weight,
        state: stateOf(rule, member),
        cluster: spec.cluster ?? '',
        user: owners(metadata.namespace ?? ''),
        balancer: metadata.name,
        ...(rule.message !== undefined && { message: rule.message }),
        ...counted(rule),
      };
    }),
  );
}

const behind = (
  member: BalancedMember,
  node: Stored<Node> | undefined,
  cluster: Stored<Cluster> | undefined,
): Pick<IpvsRow, 'id' | 'node'> => ({
  id: node?.status?.containerID ?? '',
  node: node === undefined ? (member.node ?? '') : hostNameOf(node, cluster),
});

function portsOf(first: number, { port, endPort = port }: BalancedRule): string {
  return endPort === port ? String(first) : `${String(first)}-${String(first + endPort - port)}`;
}

function stateOf(rule: BalancedRule, member: BalancedMember): State {
  if (rule.state !== 'Active') return 'created';
  return member.state === 'Ready' ? 'ready' : 'running';
}

type Counted = Pick<IpvsRow, 'conns' | 'inpkts' | 'outpkts' | 'inbytes' | 'outbytes'>;

/** Called as ipvsadm calls them; those alone that were read. */
function counted(rule: BalancedRule): Counted {
  const { connections, inboundPackets, outboundPackets, inboundBytes, outboundBytes } = rule;
  return {
    ...(connections !== undefined && { conns: connections }),
    ...(inboundPackets !== undefined && { inpkts: inboundPackets }),
    ...(outboundPackets !== undefined && { outpkts: outboundPackets }),
    ...(inboundBytes !== undefined && { inbytes: inboundBytes }),
    ...(outboundBytes !== undefined && { outbytes: outboundBytes }),
  };
}
