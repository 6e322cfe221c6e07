import { NodeCondition } from '../../crds/conditions.ts';
import { reports } from '../runtime/phases.ts';
import type { Phase } from '../runtime/phases.ts';
import { ensureAddress } from './phases/address.ts';
import { ensureConsent, sayWhatWouldBeLost } from './phases/adopted.ts';
import { ensureBootstrapped } from './phases/bootstrap.ts';
import { ensureCertificates, noteCertificates } from './phases/certificates.ts';
import { ensureCluster } from './phases/cluster.ts';
import { ensureContainer } from './phases/container.ts';
import { ensureHealthy } from './phases/health.ts';
import { ensureImage } from './phases/image.ts';
import { ensurePausedIfAsked, ensureStoppedIfAsked } from './phases/power.ts';
import { concludeRemediation, ensureRemedied, unlessExhausted } from './phases/remediation.ts';
import { ensureResources } from './phases/resources.ts';
import { ensureServices } from './phases/services.ts';
import { noteServiceProxy } from './phases/service-proxy.ts';
import type { NodeScope } from './scope.ts';

/** What a node goes through while it is wanted, and so does a last control plane that somebody has deleted. */
export const LIFE: readonly Phase<NodeScope>[] = [
  reports(NodeCondition.AddressReady, ensureCluster),
  reports(NodeCondition.ContainerReady, ensureConsent),
  // Before the container is looked after: one that is to be restarted or replaced is not.
  reports(NodeCondition.ContainerReady, ensureRemedied),
  reports(NodeCondition.ContainerReady, ensureStoppedIfAsked),
  // An address never moves, and who has a container needs its image no more: so it stays while power is off.
  reports(NodeCondition.AddressReady, ensureAddress, 'kept'),
  reports(NodeCondition.ImageReady, ensureImage, 'kept'),
  reports(NodeCondition.ContainerReady, ensureContainer),
  sayWhatWouldBeLost,
  // It has become a node of its cluster for good: what happens to its container does not change that.
  reports(NodeCondition.Bootstrapped, ensureBootstrapped, 'kept'),
  // Says so of ContainerReady, which has long been True for those who wait for it.
  ensurePausedIfAsked,
  reports(NodeCondition.Healthy, unlessExhausted(ensureServices)),
  ensureCertificates,
  reports(NodeCondition.Healthy, unlessExhausted(ensureHealthy)),
  // In the same pass that finds it Healthy: nobody is to take the one for the other.
  noteServiceProxy,
  reports(NodeCondition.ResourcesReady, ensureResources),
  noteCertificates,
  concludeRemediation,
];
