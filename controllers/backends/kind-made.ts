import { Label } from '../../crds/names.ts';

/** What tells whose a container is. */
interface Labelled {
  /** 64 hex digits. */
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Under what a container's owner finds it: its label `qbo.io/id`, or, as kind's containers have none and can not be given
 * one, its own id. No object has that for an identity unless somebody had the container adopted.
 */
export const ownerKeyOf = ({ id, labels }: Labelled): string | undefined =>
  labels[Label.id] ?? (Label.kindCluster in labels ? id : undefined);

/** Whether an identity is a container's own id: no uid looks like one. */
export const isContainerId = (owner: string): boolean => /^[0-9a-f]{64}$/.test(owner);
