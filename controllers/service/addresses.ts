import { LoadBalancerCondition } from '../../crds/conditions.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import { Annotation } from '../../crds/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { ServiceType } from '../kube/kinds.ts';
import type { Service } from '../kube/kinds.ts';
import { isTrue } from '../runtime/condition.ts';
import type { Stored } from '../runtime/object.ts';
import { statusWriter } from '../writers.ts';

const FIELD_MANAGER = 'qbo-service';

/** The address that a Service shows: once the host has answered there, for as long as the LoadBalancer has it. */
export function addressFor(service: Service, loadBalancer: LoadBalancer | undefined): string | undefined {
  const address = loadBalancer?.status?.address;
  if (address === undefined) return undefined;
  const isShown = service.status?.loadBalancer?.ingress?.some(({ ip }) => ip === address) ?? false;
  return isShown || isTrue(loadBalancer?.status?.conditions, LoadBalancerCondition.DataplaneReady)
    ? address
    : undefined;
}

/** Writes `status.loadBalancer.ingress` when it is another. */
export async function showAddress(
  client: () => Promise<KubeClient>,
  { service, address }: { readonly service: Stored<Service>; readonly address: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const shown = service.status?.loadBalancer?.ingress ?? [];
  const isSame = address === undefined ? shown.length === 0 : shown.length === 1 && shown[0]?.ip === address;
  if (isSame) return;
  const status = address === undefined ? {} : { loadBalancer: { ingress: [{ ip: address }] } };
  await statusWriter(await client(), ServiceType, FIELD_MANAGER)(service, status, signal);
}

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
