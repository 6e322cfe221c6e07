import type { Scope } from '../scope.ts';
import { getClusters } from './clusters.ts';
import { getIpvs } from './ipvs.ts';
import { getNetworks } from './networks.ts';
import { getNodes } from './nodes.ts';
import { getPods } from './pods.ts';
import { getServices } from './services.ts';

/** What a console shows. Each kind as soon as it is there: one cluster that does not answer keeps nothing back but its own. */
export async function getAll(scope: Scope): Promise<void> {
  const everything = {
    ...scope,
    command: { ...scope.command, options: { ...scope.command.options, all: true } },
  } as const;
  await Promise.all([getClusters, getNodes, getPods, getServices, getNetworks, getIpvs].map((get) => get(everything)));
}
