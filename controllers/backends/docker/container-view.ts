import type { ContainerInspectInfo } from 'dockerode';
import { Label } from '../../../crds/names.ts';
import type { Container } from '../containers.ts';
import { limitsOf } from './limits.ts';

/** Ids of networks by name: a container that never ran knows its networks by name alone. */
export type NetworkIds = ReadonlyMap<string, string>;

const STATES = new Set<string>(['created', 'running', 'paused', 'restarting', 'exited', 'dead', 'removing']);

/** What the engine shows of a container, in our terms. */
export function toContainer(info: ContainerInspectInfo, networkIds: NetworkIds): Container {
  const labels = labelsOf(info);
  return {
    id: info.Id,
    name: nameOf(info),
    owner: labels[Label.id],
    hostname: info.Config.Hostname,
    image: { reference: info.Config.Image, id: info.Image },
    state: stateOf(info),
    stateDetail: stateDetail(info),
    startedAt: info.State.StartedAt.startsWith('0001-') ? '' : info.State.StartedAt,
    labels,
    networks: endpointsOf(info).map(([name, { NetworkID }]) => NetworkID || networkIds.get(name) || name),
    addresses: addresses(info, networkIds),
    publishedPorts: publishedPorts(info),
    resources: limitsOf(info),
  };
}

const nameOf = (info: ContainerInspectInfo): string => info.Name.replace(/^\//, '');

export const labelsOf = (info: ContainerInspectInfo): Readonly<Record<string, string>> =>
  // Typed as always there; null in answers about containers that were made without any.
  info.Config.Labels ?? {};

export const ownerOf = (info: ContainerInspectInfo): string | undefined => labelsOf(info)[Label.id];

const stateOf = ({ State: { Status } }: ContainerInspectInfo): Container['state'] =>
  STATES.has(Status) ? (Status as Container['state']) : 'dead';

/** `exited with code 137, out of memory`: for people. '' while it runs, and before it first did. */
function stateDetail(info: ContainerInspectInfo): string {
  const { Status, ExitCode, OOMKilled, Error: error } = info.State;
  if (Status === 'running' || Status === 'paused') return '';
  const started = Status !== 'created' && Status !== 'removing';
  return [started && `exited with code ${String(ExitCode)}`, OOMKilled && 'out of memory', error]
    .filter((part) => part !== false && part !== '')
    .join(', ');
}

interface Endpoint {
  readonly NetworkID: string;
  readonly IPAddress: string;
  readonly IPAMConfig?: { readonly IPv4Address?: string } | null;
}

const endpointsOf = (info: ContainerInspectInfo): [string, Endpoint][] => Object.entries(info.NetworkSettings.Networks);

/** Whether the ids of some of its networks must be looked up by name: see NetworkIds. */
export const needsNetworkIds = (info: ContainerInspectInfo): boolean =>
  endpointsOf(info).some(([, { NetworkID }]) => NetworkID === '');

function addresses(info: ContainerInspectInfo, networkIds: NetworkIds): Record<string, string> {
  const entries = endpointsOf(info).map(([name, endpoint]) => [
    endpoint.NetworkID || networkIds.get(name) || name,
    fixedAddress(endpoint) ?? endpoint.IPAddress,
  ]);
  return Object.fromEntries(entries.filter(([, address]) => address !== '')) as Record<string, string>;
}

const fixedAddress = ({ IPAMConfig }: Endpoint): string | undefined => IPAMConfig?.IPv4Address || undefined;

/** The fixed addresses that it will ask for when it is started, by the name of the network. */
export const fixedAddresses = (info: ContainerInspectInfo): readonly { network: string; address: string }[] =>
  endpointsOf(info).flatMap(([network, endpoint]) => {
    const address = fixedAddress(endpoint);
    return address === undefined ? [] : [{ network, address }];
  });

function publishedPorts(info: ContainerInspectInfo): Record<number, number> {
  const ports = info.NetworkSettings.Ports as Record<string, { HostPort: string }[] | null> | null;
  const published = Object.entries(ports ?? {}).flatMap(([port, bindings]) => {
    const [number, protocol] = port.split('/');
    const host = bindings?.[0]?.HostPort;
    return protocol === 'tcp' && host ? [[Number(number), Number(host)] as const] : [];
  });
  return Object.fromEntries(published);
}
