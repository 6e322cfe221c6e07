import { access, rm } from 'node:fs/promises';
import { homedir } from 'node:os';

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
import { forgetBridge } from '../up/command-line.ts';
import { clearRules } from './clear-rules.ts';
import { hasOtherInstances, removeInstance } from './remove.ts';

/** What is worth telling, a line each. */
export interface Outcome {
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Takes an installation away, whatever of it is there. Every part is tried even if another one fails; then throws one
 * error for all that failed.
 */
export async function down(instance: Instance, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  const failures: unknown[] = [];
  const attempt = async (part: () => Promise<Outcome>): Promise<void> => {
    try {
      outcomes.push(await part());
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  };
  await attempt(() => onEngine(instance, signal));
  await attempt(() => kubeconfigEntries(instance, env, signal));
  await attempt(async () => {
    const isForgotten = await forgetBridge(instance, env['HOME'] || homedir());
    return { removed: isForgotten ? ['what the command line qbo knew of the bridge'] : [], kept: [] };
  });
  const [first] = failures;
  if (failures.length === 1 && first instanceof Error) throw first;
  if (failures.length > 1)
    throw new Error(failures.map((error) => (error instanceof Error ? error.message : String(error))).join('\n'));
  // Only now: until all is gone, a next run needs to know where to look.
  await rm(instanceFolder(instance), { recursive: true, force: true });
  return merged(outcomes);
}

const merged = (outcomes: readonly Outcome[]): Outcome => ({
  removed: outcomes.flatMap(({ removed }) => removed),
  kept: outcomes.flatMap(({ kept }) => kept),
});

async function onEngine(instance: Instance, signal: AbortSignal): Promise<Outcome> {
  const engine = await presentEngine();
  if (engine === undefined) return { removed: [], kept: [] };

  const containers = dockerContainers({ socketPath: engine.socketPath }, silentLogger);
  await clearRules(containers, instance, engine.socketPath, signal);
  const removed = await step(`Containers, networks and volumes of "${instance.name}"`, (report) =>
    removeInstance(containers, instance, report, signal),
  );
  const own = Object.entries(removed).flatMap(([kind, names]: [string, readonly string[]]) => counted(kind, names));
  return merged([{ removed: own, kept: [] }, await shared(containers, engine, instance, signal)]);
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
): Promise<Outcome> {
  if (await hasOtherInstances(containers, instance, signal)) {
    return { removed: [], kept: ['the engine and its firewall rule, which another installation uses'] };
  }
  const wasGuarded = await removeServiceAddressGuard();
  const removed = wasGuarded ? ['the firewall rule that guards service addresses'] : [];
  const running = (await containers.list({}, signal)).filter(({ state }) => state === 'running');
  if (engine.started && running.length > 0) {
    const names = running.map(({ name }) => name).join(', ');
    return { removed, kept: [`our container engine, because others use it: ${names}`] };
  }
  // When the engine is not ours, this only sets back kernel settings that we raised for it.
  const isStopped = await stopOwnEngine();
  if (!isStopped) return { removed, kept: [] };
  return {
    removed: [...removed, 'our container engine, which was stopped'],
    kept: ['images and build results in the cache, so that `make up` is quick'],
  };
}

async function kubeconfigEntries(instance: Instance, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Outcome> {
  const remembered = await rememberedKubeconfigs(instance);
  const removed: string[] = [];
  for (const file of new Set([...remembered, ...kubeconfigFiles(env)])) {
    const isRemoved = await removeFromKubeconfig(file, instance.context, { signal });
    if (isRemoved) removed.push(`context "${instance.context}" in ${file}`);
  }
  return { removed, kept: [] };
}

const MOST_NAMES = 6;

function counted(kind: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const more = names.length > MOST_NAMES ? `, and ${String(names.length - MOST_NAMES)} more` : '';
  return [`${String(names.length)} ${kind}: ${shown}${more}`];
}
