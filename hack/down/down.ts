import { access, rm } from 'node:fs/promises';

import { dockerContainers } from '../../controllers/backends/docker/index.ts';
import type { Containers } from '../../controllers/backends/containers.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import { step } from '../console/progress.ts';
import { ensureEngine, type Engine } from '../engine/ensure-engine.ts';
import { findEngine } from '../engine/find-engine.ts';
import { enginePlaces } from '../engine/places.ts';
import { removeServiceAddressGuard } from '../engine/service-address-guard.ts';
import { stopOwnEngine } from '../engine/stop-engine.ts';
import { kubeconfigFiles, removeFromKubeconfig } from '../kubeconfig/merge.ts';
import type { Instance } from '../management/instance.ts';
import { instanceFolder } from '../management/instance-lock.ts';
import { rememberedKubeconfigs } from '../management/remembered.ts';
import { hasOtherInstances, removeInstance } from './remove.ts';

/**
 * Takes an installation away, whatever of it is there. Every part is tried even if another one fails; then throws one
 * error for all that failed. Returns what is worth telling, a line each.
 */
export async function down(
  instance: Instance,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const told: string[] = [];
  const failures: unknown[] = [];
  const attempt = async (part: () => Promise<readonly string[]>): Promise<void> => {
    try {
      told.push(...(await part()));
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  };
  await attempt(() => onEngine(instance, signal));
  await attempt(() => kubeconfigEntries(instance, env, signal));
  const [first] = failures;
  if (failures.length === 1 && first instanceof Error) throw first;
  if (failures.length > 1)
    throw new Error(failures.map((error) => (error instanceof Error ? error.message : String(error))).join('\n'));
  // Only now: until all is gone, a next run needs to know where to look.
  await rm(instanceFolder(instance), { recursive: true, force: true });
  return told;
}

async function onEngine(instance: Instance, signal: AbortSignal): Promise<readonly string[]> {
  const engine = await presentEngine();
  if (engine === undefined) return ['no container engine runs, and none of ours ever did'];

  const containers = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  const removed = await step(`Containers, networks and volumes of "${instance.name}"`, (report) =>
    removeInstance(containers, instance, report, signal),
  );
  const lines = Object.entries(removed).map(([kind, names]: [string, readonly string[]]) => counted(kind, names));
  return [...lines, ...(await shared(containers, engine, instance, signal))];
}

/** One of ours that does not run is started: its data may hold what is to be removed. */
async function presentEngine(): Promise<Engine | undefined> {
  if ((await findEngine()) !== 'absent') return ensureEngine();
  const isOurs = await access(enginePlaces().dataRoot).then(
    () => true,
    () => false,
  );
  return isOurs ? ensureEngine() : undefined;
}

/** What all installations of this host share goes with the last one. */
async function shared(
  containers: Containers,
  engine: Engine,
  instance: Instance,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (await hasOtherInstances(containers, instance, signal))
    return ['the engine and its firewall rule stay: another installation uses them'];
  await removeServiceAddressGuard();
  if (!engine.started) {
    // Not ours to stop; but kernel settings that we raised for it are set back.
    await stopOwnEngine();
    return ['the rule that guards service addresses'];
  }
  const running = (await containers.list({}, signal)).filter(({ state }) => state === 'running');
  if (running.length > 0) {
    const names = running.map(({ name }) => name).join(', ');
    return ['the rule that guards service addresses', `our container engine stays, because others use it: ${names}`];
  }
  await stopOwnEngine();
  return [
    'the rule that guards service addresses',
    'our container engine was stopped; its images stay, so that `make up` is quick',
  ];
}

async function kubeconfigEntries(
  instance: Instance,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const remembered = await rememberedKubeconfigs(instance);
  const told: string[] = [];
  for (const file of new Set([...remembered, ...kubeconfigFiles(env)])) {
    const isRemoved = await removeFromKubeconfig(file, instance.context, { signal });
    if (isRemoved) told.push(`context "${instance.context}" in ${file}`);
  }
  return told;
}

const MOST_NAMES = 6;

function counted(kind: string, names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? `, and ${String(names.length - MOST_NAMES)} more` : '';
  return `${String(names.length)} ${kind}${names.length > 0 ? `: ${shown}${more}` : ''}`;
}
