import { LoadBalancerCondition, Reason } from '../../../crds/conditions.ts';
import { proceed } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { BY_CLUSTER } from '../../world.ts';
import { membersOf } from '../members.ts';
import type { LoadBalancerScope } from '../scope.ts';

/** Who answers now, and who leaves and when. Without anybody the address stays. */
export function planMembers(scope: LoadBalancerScope): Promise<Step> {
  const { object, status, world } = scope;
  const { cluster } = object.spec;
  const key = `${object.metadata.namespace ?? ''}/${cluster ?? ''}`;
  const { members, nextChangeMs } = membersOf({
    spec: object.spec,
    address: status.address ?? '',
    nodes: cluster === undefined ? [] : world.nodes.byIndex(BY_CLUSTER, key),
    before: object.status?.members ?? [],
    isHealthy: (address) => (scope.health === undefined ? true : scope.health.isHealthy(object, address)),
    now: world.clock.now(),
  });
  status.members = members;
  status.readyMembers = members.filter(({ state }) => state === 'Ready').length;
  if (nextChangeMs !== undefined) scope.lookAgainIn(nextChangeMs);
  const type = LoadBalancerCondition.MembersReady;
  if (status.readyMembers > 0) scope.report({ type, status: 'True', reason: Reason.Ready, message: '' });
  else scope.report({ type, status: 'False', reason: Reason.NoMembers, message: whyNobody(scope) });
  return Promise.resolve(proceed());
}

function whyNobody({ object, world, health }: LoadBalancerScope): string {
  const complaints = health?.complaints(object) ?? [];
  if (complaints.length > 0) return `No member passes the health check: ${complaints.slice(0, 3).join('; ')}`;
  const { cluster: name, members } = object.spec;
  if (members.length === 0) return 'Nobody is to answer: spec.members is empty';
  if (name === undefined) return 'No member has an address of the family of the load balancer';
  const cluster = world.clusters.get({ namespace: object.metadata.namespace ?? '', name });
  if (cluster === undefined) return `There is no Cluster ${name} in namespace ${object.metadata.namespace ?? ''}`;
  const { power } = cluster.spec;
  if (power !== 'Running') return `Cluster ${name} is ${power.toLowerCase()}, as asked; the address stays`;
  return `None of the nodes of Cluster ${name} that are to answer is ready`;
}
