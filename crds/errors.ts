import { defineError } from './error.ts';

export { QboError } from './error.ts';

/** A list for people; `none` when it is empty. */
const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

/** Ends a quoted text with one full stop, whatever it ended with. */
const quoted = (text: string): string => `${text.trim().replace(/[.\s]+$/, '')}.`;

export class InvalidSpec extends defineError<{ kind: string; name: string; field: string; why: string }>()(
  { code: 'InvalidSpec', httpCode: 422, retryable: false },
  ({ kind, name, field, why }) =>
    `${kind} ${name} has an invalid ${field}: ${quoted(why)} Correct ${field} and apply it again.`,
) {}

export class SubnetOverlap extends defineError<{
  cluster: string;
  wanted: string;
  taken: { by: string; subnet: string };
}>()(
  { code: 'SubnetOverlap', httpCode: 409, retryable: false },
  ({ cluster, wanted, taken }) =>
    `Cluster ${cluster} wants ${wanted}, but ${taken.by} has ${taken.subnet}. ` +
    'Choose another spec.networking.subnet, or leave it out to have one picked.',
) {}

export class SubnetPoolExhausted extends defineError<{ cluster: string; pools: readonly string[]; used: number }>()(
  { code: 'SubnetPoolExhausted', httpCode: 507, retryable: true },
  ({ cluster, pools, used }) =>
    `Cluster ${cluster} gets no subnet: all ${used.toString()} blocks of the pool (${list(pools)}) are taken by clusters, other Docker networks or routes ` +
    'of the host. Delete a cluster or an unused Docker network, give the operator a larger pool, or name a free /24 in spec.networking.subnet.',
) {}

export class ImageUnavailable extends defineError<{ image: string; answer: string; known: readonly string[] }>()(
  { code: 'ImageUnavailable', httpCode: 503, retryable: true },
  ({ image, answer, known }) =>
    `Image ${image} is not on the engine and could not be pulled: ${quoted(answer)} Check its name and the way to its registry, load it with ` +
    `\`docker load\`, or take one that is here: ${list(known)}. The pull is tried again.`,
) {}

export class NotANodeImage extends defineError<{ image: string; why: string }>()(
  { code: 'NotANodeImage', httpCode: 422, retryable: false },
  ({ image, why }) =>
    `Image ${image} can not be a node: ${quoted(why)} Take an image that is made for kind, such as kindest/node:v1.35.4.`,
) {}

export class EngineUnavailable extends defineError<{ endpoint: string; why: string }>()(
  { code: 'EngineUnavailable', httpCode: 503, retryable: true },
  ({ endpoint, why }) =>
    `The container engine at ${endpoint} does not answer: ${quoted(why)} Start it (sudo systemctl start docker); work goes on by itself when it is back.`,
) {}

export class EngineTooOld extends defineError<{ endpoint: string; version: string; needed: string }>()(
  { code: 'EngineTooOld', httpCode: 503, retryable: false },
  ({ endpoint, version, needed }) =>
    `The container engine at ${endpoint} speaks API ${version}, and ${needed} is needed. Upgrade Docker, then restart the operator.`,
) {}

export class DataplaneUnavailable extends defineError<{ why: string }>()(
  { code: 'DataplaneUnavailable', httpCode: 503, retryable: true },
  ({ why }) =>
    `The host's load balancing rules can not be read or written: ${quoted(why)} Traffic goes on by the rules that are there. See that the container ` +
    'that ends in -dataplane runs (docker logs); work goes on by itself when it answers.',
) {}

export class OutOfSpace extends defineError<{ what: string; answer: string }>()(
  { code: 'OutOfSpace', httpCode: 507, retryable: true },
  ({ what, answer }) =>
    `There is no space left for ${what}: ${quoted(answer)} See \`docker system df\`, and free disk space; it is tried again.`,
) {}

export class AddressTaken extends defineError<{ address: string; network: string; by?: string }>()(
  { code: 'AddressTaken', httpCode: 409, retryable: true },
  ({ address, network, by }) =>
    `Address ${address} in Docker network ${network} is in use${by === undefined ? '' : ` by ${by}`}. Disconnect or remove what holds it ` +
    `(docker network inspect ${network}); it is tried again.`,
) {}

export class NameTaken extends defineError<{ what: string; name: string; by: string }>()(
  { code: 'NameTaken', httpCode: 409, retryable: true },
  ({ what, name, by }) =>
    `The ${what} name ${name} belongs to ${by}, which is not ours and is left alone. Remove or rename it, or choose another name; it is tried again.`,
) {}

export class SubnetTaken extends defineError<{ network: string; subnet: string; by: string }>()(
  { code: 'SubnetTaken', httpCode: 409, retryable: true },
  ({ network, subnet, by }) =>
    `Docker network ${network} can not have subnet ${subnet}: ${by} overlaps it. Remove that network, or choose another subnet; it is tried again.`,
) {}

export class NetworkInUse extends defineError<{ network: string; by: readonly string[] }>()(
  { code: 'NetworkInUse', httpCode: 409, retryable: true },
  ({ network, by }) =>
    `Docker network ${network} can not be removed while containers are attached: ${list(by)}. Disconnect or remove them; it is tried again.`,
) {}

export class NetworkMissing extends defineError<{ network: string; container: string }>()(
  { code: 'NetworkMissing', httpCode: 404, retryable: true },
  ({ network, container }) =>
    `Docker network ${network}, which container ${container} belongs to, is gone. It is made anew when it is ours, and it is tried again.`,
) {}

export class ForeignNetworkMissing extends defineError<{ cluster: string; network: string }>()(
  { code: 'ForeignNetworkMissing', httpCode: 404, retryable: true },
  ({ cluster, network }) =>
    `Docker network ${network}, which cluster ${cluster} is in, is gone; it was not ours and is not made by us. ` +
    `Make it again (docker network create ${network}); it is tried again.`,
) {}

export class VolumeInUse extends defineError<{ volume: string; answer: string }>()(
  { code: 'VolumeInUse', httpCode: 409, retryable: true },
  ({ volume, answer }) =>
    `Docker volume ${volume} can not be removed while a container has it: ${quoted(answer)} Remove that container; it is tried again.`,
) {}

export class VolumeHeld extends defineError<{ node: string; volume: string; by: string }>()(
  { code: 'VolumeHeld', httpCode: 409, retryable: true },
  ({ node, volume, by }) =>
    `Volume ${volume} of Node ${node} is mounted by container ${by}, which is not ours and is left alone. Two that write to it would destroy ` +
    `what is in it: stop or remove ${by}, and the node starts by itself.`,
) {}

export class ContainerNotRunning extends defineError<{ container: string; state: string }>()(
  { code: 'ContainerNotRunning', httpCode: 409, retryable: true },
  ({ container, state }) =>
    `Container ${container} does not run (${state}), so nothing can be done in it. It is tried again; docker logs ${container} may tell why it stopped.`,
) {}

export class UnitRefused extends defineError<{ unit: string; container: string; answer: string }>()(
  { code: 'UnitRefused', httpCode: 500, retryable: true },
  ({ unit, container, answer }) =>
    `systemd in container ${container} does not start unit ${unit}: ${quoted(answer)} It is tried again; ` +
    `docker exec ${container} systemctl status may tell more.`,
) {}

export class InotifyTooLow extends defineError<{ name: string; value: number; needed: number }>()(
  { code: 'InotifyTooLow', httpCode: 503, retryable: true },
  ({ name, value, needed }) =>
    `The host allows too few inotify objects for another node: ${name} is ${value.toString()}, and ${needed.toString()} is needed. ` +
    `Run: sudo sysctl -w ${name}=${needed.toString()} (and write it to /etc/sysctl.d/99-qbo.conf to keep it).`,
) {}

export class ResourcesExceedHost extends defineError<{
  what: string;
  resource: 'cpu' | 'memory';
  wanted: string;
  has: string;
}>()(
  { code: 'ResourcesExceedHost', httpCode: 422, retryable: false },
  ({ what, resource, wanted, has }) =>
    `${what} is to have ${wanted} of ${resource}, and the host has ${has}. Ask for no more in spec.resources.${resource}.`,
) {}

export class MemoryInUse extends defineError<{ container: string; wanted: string; answer: string }>()(
  { code: 'MemoryInUse', httpCode: 409, retryable: true },
  ({ container, wanted, answer }) =>
    `Container ${container} can not be limited to ${wanted} of memory, because it uses more: ${quoted(answer)} ` +
    'Move pods off the node, or ask for more in spec.resources.memory; it is tried again.',
) {}

export class BootstrapFailed extends defineError<{ node: string; step: string; tail: string }>()(
  { code: 'BootstrapFailed', httpCode: 500, retryable: true },
  ({ node, step, tail }) =>
    `Node ${node} could not be bootstrapped: ${step} failed. It is tried again; when it goes on failing, look into its container with ` +
    `\`docker exec ... journalctl -u kubelet\`, or delete the Node. Last lines:\n${tail.trim()}`,
) {}

export class JoinFailed extends defineError<{ node: string; cluster: string; tail: string }>()(
  { code: 'JoinFailed', httpCode: 500, retryable: true },
  ({ node, cluster, tail }) =>
    `Node ${node} could not join cluster ${cluster}. It is tried again; when it goes on failing, see whether the control plane is Ready ` +
    `(kubectl get cluster ${cluster}), or delete the Node. Last lines:\n${tail.trim()}`,
) {}

export class DuplicateContainer extends defineError<{ node: string; names: readonly string[] }>()(
  { code: 'DuplicateContainer', httpCode: 409, retryable: false },
  ({ node, names }) =>
    `Node ${node} has ${names.length.toString()} containers that carry its id: ${list(names)}. Remove all but one (docker rm -f); nothing is touched until then.`,
) {}

export class ClusterNotFound extends defineError<{ node: string; cluster: string }>()(
  { code: 'ClusterNotFound', httpCode: 404, retryable: false },
  ({ node, cluster }) =>
    `Node ${node} is to join cluster ${cluster}, and there is none of that name in its namespace. Create the Cluster, or delete the Node.`,
) {}

export class LastControlPlane extends defineError<{ node: string; cluster: string }>()(
  { code: 'LastControlPlane', httpCode: 409, retryable: false },
  ({ node, cluster }) =>
    `Node ${node} is the only control plane of cluster ${cluster}, which can not live without it. To remove the whole cluster: kubectl delete cluster ${cluster}.`,
) {}

export class ControlPlaneLost extends defineError<{ node: string; cluster: string }>()(
  { code: 'ControlPlaneLost', httpCode: 409, retryable: false },
  ({ node, cluster }) =>
    `The container of control plane ${node} was removed, and with it the keys and the data of cluster ${cluster}, which kind had made ` +
    `and kept nowhere else. No other is made in its place, because it would be an empty cluster. Save what pods have on the workers' disks, ` +
    `then remove what is left: kubectl delete cluster ${cluster}.`,
) {}

export class NotAdoptable extends defineError<{ cluster: string; kind: string; why: readonly string[] }>()(
  { code: 'NotAdoptable', httpCode: 422, retryable: false },
  ({ cluster, kind, why }) =>
    `Cluster ${cluster} can not take over the containers of ${kind}, and nothing was touched: ${quoted(why.join('; '))} ` +
    'Correct that, or remove the annotation qbo.io/adopt, or delete this Cluster, which removes nothing of them.',
) {}

export class ClusterUnreachable extends defineError<{ cluster: string; endpoint: string; why: string }>()(
  { code: 'ClusterUnreachable', httpCode: 503, retryable: true },
  ({ cluster, endpoint, why }) =>
    `The API of cluster ${cluster} at ${endpoint} does not answer: ${quoted(why)} It is tried again; ` +
    `kubectl get qn shows whether its control plane runs.`,
) {}

export class CertificateRenewalFailed extends defineError<{ node: string; certificate: string; tail: string }>()(
  { code: 'CertificateRenewalFailed', httpCode: 500, retryable: true },
  ({ node, certificate, tail }) =>
    `Certificates of Node ${node} could not be renewed: ${quoted(certificate)} It is tried again; when it goes on failing, try by hand with ` +
    `\`docker exec ... kubeadm certs renew all\`. Last lines:\n${tail.trim()}`,
) {}

export class CertificateAuthorityEnds extends defineError<{ node: string; authority: string; at: string }>()(
  { code: 'CertificateAuthorityEnds', httpCode: 500, retryable: false },
  ({ node, authority, at }) =>
    `The certificate authority ${authority} of Node ${node} ends at ${at}, and no certificate of the cluster is valid after that. It is not renewed by itself, ` +
    'because everything that trusts the cluster would have to learn of it: move what runs there to another cluster, or replace the authority by hand.',
) {}

export class NamespaceTaken extends defineError<{ user: string; namespace: string; by: string }>()(
  { code: 'NamespaceTaken', httpCode: 409, retryable: true },
  ({ user, namespace, by }) =>
    `Namespace ${namespace} is not given to User ${user}: ${quoted(by)} Make another User with another spec.namespace, or give it ` +
    `to this one: kubectl label namespace ${namespace} qbo.io/user=${user} --overwrite. It is tried again.`,
) {}

export class AccountExpired extends defineError<{ user: string; since: string; next: number }>()(
  { code: 'AccountExpired', httpCode: 409, retryable: false },
  ({ user, since, next }) =>
    `The service account of User ${user} has expired at ${since}. Rotate it: kubectl patch user ${user} --type=merge ` +
    `-p '{"spec":{"credentials":{"rotation":${next.toString()}}}}'.`,
) {}

export class AddressPoolOverlap extends defineError<{ pool: string; range: string; by: string }>()(
  { code: 'AddressPoolOverlap', httpCode: 409, retryable: true },
  ({ pool, range, by }) =>
    `AddressPool ${pool} has ${range}, which ${by} has too. No address is given from AddressPool ${pool} until its spec.addresses are others; ` +
    'those that are given stay. It is tried again.',
) {}

export class AddressPoolInvalid extends defineError<{ pool: string; range: string }>()(
  { code: 'AddressPoolInvalid', httpCode: 422, retryable: false },
  ({ pool, range }) =>
    `AddressPool ${pool} has ${range}, which ends before it begins. Correct spec.addresses and apply it again.`,
) {}

export class AddressPoolHasNoNetwork extends defineError<{ pool: string; pools: readonly string[] }>()(
  { code: 'AddressPoolHasNoNetwork', httpCode: 507, retryable: true },
  ({ pool, pools }) =>
    `AddressPool ${pool} gets no Docker network: all blocks of ${list(pools)} are taken by other Docker networks or routes of the host. ` +
    'Remove an unused Docker network, or name addresses in spec.addresses; it is tried again.',
) {}

export class AddressPoolMissing extends defineError<{ loadBalancer: string; namespace: string; pool?: string }>()(
  { code: 'AddressPoolMissing', httpCode: 404, retryable: true },
  ({ loadBalancer, namespace, pool }) =>
    `LoadBalancer ${loadBalancer} gets no address: ` +
    (pool === undefined
      ? `no AddressPool that namespace ${namespace} may use gives any unasked. `
      : `there is no AddressPool ${pool} that namespace ${namespace} may use. `) +
    'See `kubectl get addresspools`; make one, or name another in spec.pool. It is tried again.',
) {}

export class AddressPoolExhausted extends defineError<{
  loadBalancer: string;
  pools: readonly string[];
  family: 4 | 6;
}>()(
  { code: 'AddressPoolExhausted', httpCode: 507, retryable: true },
  ({ loadBalancer, pools, family }) =>
    `LoadBalancer ${loadBalancer} gets no IPv${family.toString()} address: AddressPool ${list(pools)} has none left. Delete a LoadBalancer that ` +
    'is not needed, or add addresses to the pool; it is tried again.',
) {}

export class AddressOutsidePools extends defineError<{ loadBalancer: string; address: string; namespace: string }>()(
  { code: 'AddressOutsidePools', httpCode: 422, retryable: true },
  ({ loadBalancer, address, namespace }) =>
    `LoadBalancer ${loadBalancer} asks for ${address}, which is in no AddressPool that namespace ${namespace} may use. ` +
    'Ask for another in spec.address, leave it out to have one picked, or add it to a pool; it is tried again.',
) {}

export class AddressHeld extends defineError<{ loadBalancer: string; address: string; by: string }>()(
  { code: 'AddressHeld', httpCode: 409, retryable: true },
  ({ loadBalancer, address, by }) =>
    `LoadBalancer ${loadBalancer} asks for ${address}, and ${by} has it. Ask for another in spec.address, or leave it out to have one picked; ` +
    'it is tried again.',
) {}

export class AddressRefused extends defineError<{ loadBalancer: string; address: string; why: string }>()(
  { code: 'AddressRefused', httpCode: 409, retryable: true },
  ({ loadBalancer, address, why }) =>
    `LoadBalancer ${loadBalancer} can not have ${address}: ${quoted(why)} Correct the AddressPool, or ask for another address in spec.address; ` +
    'it is tried again.',
) {}

export class PortTaken extends defineError<{ loadBalancer: string; ports: string; address: string; by: string }>()(
  { code: 'PortTaken', httpCode: 409, retryable: true },
  ({ loadBalancer, ports, address, by }) =>
    `LoadBalancer ${loadBalancer} waits for ${ports} of ${address}, which ${by} has, and gets them by itself when they are free. ` +
    'Or choose others, or another address in spec.address.',
) {}

export class TooManyPorts extends defineError<{ loadBalancer: string; ports: number; most: number }>()(
  { code: 'TooManyPorts', httpCode: 422, retryable: false },
  ({ loadBalancer, ports, most }) =>
    `LoadBalancer ${loadBalancer} asks for ${ports.toString()} ports, and ${most.toString()} are the most. Ask for fewer in spec.ports, or make several.`,
) {}

export class RuleRefused extends defineError<{ loadBalancer: string; rule: string; why: string }>()(
  { code: 'RuleRefused', httpCode: 422, retryable: true },
  ({ loadBalancer, rule, why }) =>
    `LoadBalancer ${loadBalancer} can not balance ${rule}: ${quoted(why)} Correct its spec; its other ports are not harmed, and it is tried again.`,
) {}

/** Every error by its code. */
export const catalogue = {
  InvalidSpec,
  SubnetOverlap,
  SubnetPoolExhausted,
  ImageUnavailable,
  NotANodeImage,
  EngineUnavailable,
  EngineTooOld,
  DataplaneUnavailable,
  OutOfSpace,
  AddressTaken,
  NameTaken,
  SubnetTaken,
  NetworkInUse,
  NetworkMissing,
  ForeignNetworkMissing,
  VolumeInUse,
  VolumeHeld,
  ContainerNotRunning,
  UnitRefused,
  InotifyTooLow,
  ResourcesExceedHost,
  MemoryInUse,
  BootstrapFailed,
  JoinFailed,
  DuplicateContainer,
  ClusterNotFound,
  LastControlPlane,
  ControlPlaneLost,
  NotAdoptable,
  ClusterUnreachable,
  CertificateRenewalFailed,
  CertificateAuthorityEnds,
  NamespaceTaken,
  AccountExpired,
  AddressPoolOverlap,
  AddressPoolInvalid,
  AddressPoolHasNoNetwork,
  AddressPoolMissing,
  AddressPoolExhausted,
  AddressOutsidePools,
  AddressHeld,
  AddressRefused,
  PortTaken,
  TooManyPorts,
  RuleRefused,
} as const;

export type ErrorCode = keyof typeof catalogue;
/** Any of them: a switch over `code` narrows to one. */
export type AnyError = InstanceType<(typeof catalogue)[ErrorCode]>;
