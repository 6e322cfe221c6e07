import type { Service, ServicePort } from '../../controllers/kube/kinds.ts';
import type { Stored } from '../../controllers/runtime/object.ts';
import type { ServiceRow } from '../wire/rows.ts';
import type { Home } from './pod.ts';

/** One row a port; one with zeros for a service that has none. */
export function serviceRows(service: Stored<Service>, home: Home): readonly ServiceRow[] {
  const { metadata, spec } = service;
  const ports = spec?.ports ?? [];
  return (ports.length === 0 ? [NO_PORT] : ports).map((port) => ({
    name: metadata.name,
    id: metadata.uid,
    namespace: metadata.namespace ?? '',
    address: spec?.clusterIP ?? '',
    external_address: balanced(service) ?? named(service),
    type: spec?.type ?? 'ClusterIP',
    ...portOf(port),
    cluster: home.name,
    user: home.user,
  }));
}

const NO_PORT: ServicePort = { port: 0 };

type PortFields = Pick<ServiceRow, 'port_name' | 'port_number' | 'target_port' | 'node_port' | 'protocol'>;

const portOf = ({ name, port, targetPort, nodePort, protocol }: ServicePort): PortFields => ({
  port_name: name ?? '',
  port_number: port,
  target_port: targetPort ?? port,
  node_port: nodePort ?? 0,
  protocol: protocol ?? 'TCP',
});

function balanced({ status }: Service): string | undefined {
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  return ingress?.ip ?? ingress?.hostname;
}

const named = ({ spec }: Service): string => spec?.externalIPs?.[0] ?? spec?.externalName ?? '';
