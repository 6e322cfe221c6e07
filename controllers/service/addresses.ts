import { LoadBalancerCondition } from '../../crds/conditions.ts';
import type { BalancedRule, LoadBalancer } from '../../crds/load-balancer.ts';
import { Annotation, GROUP } from '../../crds/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { ServiceType } from '../kube/kinds.ts';
import type { Service, ServiceIngress } from '../kube/kinds.ts';
import { findCondition, isTrue } from '../runtime/condition.ts';
import type { Condition } from '../runtime/condition.ts';
import { isSameJson } from '../runtime/json.ts';
import type { Stored } from '../runtime/object.ts';
import { statusWriter } from '../writers.ts';
import { LOAD_BALANCED } from './condition.ts';

const FIELD_MANAGER = 'qbo-service';

/**
 * What a Service shows: its address, once the host has answered there, for as long as it has any port of it. When another has
 * some of its ports, each port is shown, and what is wrong with it.
 */
export function ingressFor(service: Service, loadBalancer: LoadBalancer | undefined): ServiceIngress | undefined {
  const { address, rules = [], conditions } = loadBalancer?.status ?? {};
  if (address === undefined || !rules.some(isActive)) return undefined;
  if (!isShown(service, address) && !isTrue(conditions, LoadBalancerCondition.DataplaneReady)) return undefined;
  return rules.every(isActive) ? { ip: address } : { ip: address, ports: rules.map(portOf) };
}

const isShown = ({ status }: Service, address: string): boolean =>
  status?.loadBalancer?.ingress?.some(({ ip }) => ip === address) ?? false;

const isActive = ({ state }: BalancedRule): boolean => state === 'Active';

const portOf = ({ port, protocol, state }: BalancedRule) => ({
  port,
  protocol,
  // Errors that are not Kubernetes' own have a domain before their name.
  ...(state === 'Waiting' && { error: `${GROUP}/PortTaken` }),
  ...(state === 'Refused' && { error: `${GROUP}/RuleRefused` }),
});

/** What a Service's status says of how it is balanced. */
export interface Said {
  readonly ingress: ServiceIngress | undefined;
  readonly condition: Condition | undefined;
}

/** Writes `status.loadBalancer.ingress` and the condition when one of them is another. */
export async function showStatus(
  client: () => Promise<KubeClient>,
  service: Stored<Service>,
  { ingress, condition }: Said,
  signal: AbortSignal,
): Promise<void> {
  const addresses = ingress === undefined ? [] : [ingress];
  const { loadBalancer, conditions } = service.status ?? {};
  const isSame =
    isSameJson((loadBalancer?.ingress ?? []).map(ours), addresses) &&
    isSameJson(findCondition(conditions, LOAD_BALANCED), condition);
  if (isSame) return;
  const status = {
    ...(ingress !== undefined && { loadBalancer: { ingress: addresses } }),
    ...(condition !== undefined && { conditions: [condition] }),
  };
  await statusWriter(await client(), ServiceType, FIELD_MANAGER)(service, status, signal);
}

/** Without what an API server adds by itself, as `ipMode`. */
const ours = ({ ip, hostname, ports }: ServiceIngress): ServiceIngress => ({
  ...(ip !== undefined && { ip }),
  ...(hostname !== undefined && { hostname }),
  ...(ports !== undefined && { ports }),
});

/**
 * Writes `spec.externalIPs`, where the cluster asks for that; takes away what was written when it asks no more, as the annotation of the
 * LoadBalancer still says.
 */
export async function showExternalIP(
  client: () => Promise<KubeClient>,
  {
    service,
    loadBalancer,
    address,
  }: {
    readonly service: Stored<Service>;
    readonly loadBalancer: LoadBalancer | undefined;
    readonly address: string | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const wasWritten = loadBalancer?.metadata.annotations?.[Annotation.externalIPs] !== undefined;
  const shown = service.spec?.externalIPs ?? [];
  const isSame = address === undefined ? !wasWritten || shown.length === 0 : shown.includes(address);
  if (isSame) return;
  const { apiVersion, kind, metadata } = service;
  const { name, namespace = '', uid } = metadata;
  const spec = address === undefined ? {} : { spec: { externalIPs: [address] } };
  const object = { apiVersion, kind, metadata: { name, namespace, uid }, ...spec };
  await (await client()).apply(ServiceType, object, { fieldManager: FIELD_MANAGER }, signal);
}
