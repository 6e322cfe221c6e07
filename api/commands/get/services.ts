import { ServiceType } from '../../../controllers/kube/kinds.ts';
import { serviceRows } from '../../rows/service.ts';
import { workloadWords } from '../../views/workload-member.ts';
import type { ServiceRow } from '../../wire/rows.ts';
import type { Scope } from '../scope.ts';
import { insideClusters, type Inside } from './workload.ts';

/** Names are those of clusters, whose services are meant, or of services. */
export async function getServices(scope: Scope): Promise<void> {
  scope.reply.send({ services: await insideClusters(scope, 'cluster or service', services) });
}

const services: Inside<ServiceRow> = async (kube, cluster, home, signal) => {
  const { items } = await kube.list(ServiceType, {}, signal);
  return items.flatMap((service) =>
    serviceRows(service, home).map((value) => ({ value, ...workloadWords(service, cluster) })),
  );
};
