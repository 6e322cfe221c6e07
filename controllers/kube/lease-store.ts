import type { LeaseSpec, LeaseStore, StoredLease } from '../runtime/lease.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import type { KubeClient } from './client.ts';
import { LeaseType, type Lease } from './kinds.ts';

/** The Lease of that name, which replicas elect their leader by. Needs get, create and update of it. */
export function leaseStore(client: KubeClient, key: ObjectKey): LeaseStore {
  const lease = (spec: LeaseSpec, resourceVersion?: string): Lease => ({
    apiVersion: LeaseType.apiVersion,
    kind: LeaseType.kind,
    metadata: { ...key, ...(resourceVersion !== undefined && { resourceVersion }) },
    spec,
  });
  return {
    async get(signal) {
      const found = await client.get(LeaseType, key, signal);
      return found && storedLease(found);
    },
    create: async (spec, signal) => storedLease(await client.create(LeaseType, lease(spec), signal)),
    update: async (spec, resourceVersion, signal) =>
      storedLease(await client.update(LeaseType, lease(spec, resourceVersion), signal)),
  };
}

const storedLease = ({ spec = {}, metadata }: Stored<Lease>): StoredLease => ({
  spec,
  resourceVersion: metadata.resourceVersion,
});
