import type { KubeClient } from '../../controllers/kube/client.ts';
import type { ClientsAs } from '../../controllers/kube/impersonation.ts';
import type { Clock } from '../../controllers/runtime/clock.ts';
import type { Logger } from '../../controllers/runtime/log.ts';
import type { Caller } from '../caller.ts';
import type { Views } from '../views/index.ts';
import type { Workloads } from '../views/workloads.ts';
import type { Command } from '../wire/command.ts';
import type { ClientRow } from '../wire/rows.ts';
import type { Reply } from './index.ts';
import type { RegistryTags } from './registry-tags.ts';

/** Which bridge this is, as `version` and the cli.json of users tell it. */
export interface About {
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** As the machine calls it: `x64`. */
  readonly arch: string;
  /** Namespace of the operator. */
  readonly namespace: string;
}

/** What all commands share. */
export interface Bridge {
  readonly management: ClientsAs;
  readonly workloads: Workloads;
  readonly views: Views;
  readonly clock: Clock;
  readonly log: Logger;
  readonly about: About;
  readonly clients: { rows(caller: Caller): readonly ClientRow[] };
  /** Absent: no registry is asked. */
  readonly registryTags?: RegistryTags;
}

/** One command that is carried out. */
export interface Scope extends Bridge {
  readonly command: Command;
  readonly caller: Caller;
  /** Acts as the caller. There is no other way to the management cluster. */
  readonly kube: KubeClient;
  readonly reply: Reply;
  /** Aborts when nobody listens any more: ends reports, and no change that has been begun. */
  readonly signal: AbortSignal;
  /** For changes: what was begun is brought to its end though the socket has closed. */
  readonly work: AbortSignal;
}

export const say = ({ reply }: Pick<Scope, 'reply'>, message: string): void => {
  reply.send({ output: [{ message }] });
};
