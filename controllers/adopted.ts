import { Annotation } from '../crds/names.ts';
import type { Network } from '../crds/network.ts';
import type { Container } from './backends/containers.ts';
import { isContainerId } from './backends/kind-made.ts';
import { idOf } from './identity.ts';
import type { KubeObject, Stored } from './runtime/object.ts';

/** Whether a Node was taken over from kind: its identity is then the id of the container that kind made. */
export const isAdopted = (node: Stored<KubeObject>): boolean => isContainerId(idOf(node));

/** Whether a container of an adopted Node is still the one that kind made, with everything in it. */
export const isKindMade = ({ owner }: Container): boolean => owner === undefined;

/** What kind made is touched only while this stands: who takes the confirmation away gets it back as it is. */
export function isConfirmed({ metadata: { annotations } }: KubeObject): boolean {
  const wanted = annotations?.[Annotation.adopt];
  return wanted !== undefined && annotations?.[Annotation.adoptConfirmed] === wanted;
}

/**
 * Whether the engine picks addresses in this network: it is somebody else's, and was made without a subnet. Addresses
 * there may change with each start of a container.
 */
export const picksAddresses = (network: Network | undefined): boolean => network?.spec.dockerNetwork !== undefined;
