import { createHash } from 'node:crypto';

import { Label } from '../../crds/names.ts';

/** One installation on this host. Everything that it makes is found again by its label, and named after it. */
export interface Instance {
  readonly name: string;
  /** Cluster, Node and container of the management cluster. */
  readonly management: string;
  /** kubeconfig context, cluster and user. */
  readonly context: string;
  /** On every container, network and volume of this installation. */
  readonly labels: Readonly<Record<string, string>>;
}

/** With `-management` it must be a Node's name, which has at most 40 characters. */
const LONGEST = 29;

/** From `$QBO_INSTANCE`; `qbo` without it. Throws when the name could not name a container. */
export function instanceOf(env: NodeJS.ProcessEnv): Instance {
  const name = env['QBO_INSTANCE'] || 'qbo';
  if (name.length > LONGEST || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw new Error(
      `QBO_INSTANCE is "${name}", which cannot name an installation: use at most ${String(LONGEST)} lower-case letters, digits and '-', ` +
        "and neither begin nor end with '-'.",
    );
  }
  return { name, management: `${name}-management`, context: name, labels: { [Label.instance]: name } };
}

/**
 * The same uid for the same words, for ever: the management cluster's objects live in memory, and a new run must find
 * the containers of the last one by it. Formed as a name-based (version 5) UUID.
 */
export function stableUid(...words: readonly string[]): string {
  const bytes = createHash('sha1')
    .update(['qbo.io', ...words].join('\0'))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
