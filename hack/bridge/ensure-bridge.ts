import { setTimeout as delay } from 'node:timers/promises';
import { pack } from 'tar-stream';

import { Label } from '../../crds/names.ts';
import { contentHash } from '../cache/cache.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import type { Instance } from '../management/instance.ts';
import { docker } from '../node-image/docker.ts';
import { bracketed, PORT_LABEL, type BridgePlace } from './place.ts';

/** Where the bridge finds what it needs to know, in a volume of its own: the rest of the container can not be written. */
const FOLDER = '/etc/qbo-bridge';
const KUBECONFIG = 'kubeconfig';
/** Of everything that the container is made with: one that has another is made anew. */
const RECIPE_LABEL = 'qbo.io/bridge-recipe';
/** As in the image. */
const NOBODY = 65_532;
const POLL_MS = 100;
const LIMIT_MS = 60_000;
const LOG_LINES = '10';

export interface BridgeOptions {
  readonly instance: Instance;
  /** The operator's image, which is the bridge's too. */
  readonly image: string;
  readonly place: BridgePlace;
  readonly kubeconfig: string;
}

/**
 * The bridge as a container beside the management node, in the host's own network: its loopback is the host's, and nobody else reaches it.
 * Returns whether it was changed. Rejects with the end of its log when it is not ready within a minute.
 */
export async function ensureBridge(
  engine: Engine,
  options: BridgeOptions,
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { container: name } = options.place;
  const recipe = recipeOf(options);
  const present = await look(engine, name);
  const isChanged = present?.recipe !== recipe;
  if (isChanged) {
    if (present !== undefined) await docker(engine, ['rm', '--force', name]);
    await make(engine, recipe, options);
  }
  if (isChanged || present.state !== 'running') await docker(engine, ['start', name]);
  await waitUntilReady(engine, options.place, { tell, signal });
  return isChanged || present.state !== 'running';
}

/** What `docker create` is called with, but for the label that tells what it was. */
function argumentsOf({
  instance,
  image,
  place: { container: name, port, settings },
}: BridgeOptions): readonly string[] {
  const environment = { ...settings, QBO_INSTANCE: instance.name, KUBECONFIG: `${FOLDER}/${KUBECONFIG}` };
  return [
    ...['--name', name, '--network', 'host', '--restart', 'unless-stopped'],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--user', `${String(NOBODY)}:${String(NOBODY)}`],
    ...['--memory', '512m', '--pids-limit', '256', '--stop-timeout', '10'],
    ...['--log-driver', 'local', '--log-opt', 'max-size=10m'],
    ...Object.entries(instance.labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]),
    ...['--label', `${PORT_LABEL}=${String(port)}`, '--label', `${Label.role}=bridge`],
    ...['--volume', `${name}:${FOLDER}`],
    ...Object.entries(environment).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
    image,
    'api',
  ];
}

const recipeOf = (options: BridgeOptions): string => contentHash(argumentsOf(options), options.kubeconfig);

async function make(engine: Engine, recipe: string, options: BridgeOptions): Promise<void> {
  const { container: name } = options.place;
  const labels = Object.entries(options.instance.labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  // Does nothing where it is there already.
  await docker(engine, ['volume', 'create', ...labels, name]);
  await docker(engine, ['create', '--label', `${RECIPE_LABEL}=${recipe}`, ...argumentsOf(options)]);
  // Never in an argument or in the environment, which whoever may list processes or containers can read.
  const archive = pack();
  archive.entry({ name: KUBECONFIG, mode: 0o400, uid: NOBODY, gid: NOBODY }, options.kubeconfig);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  await docker(engine, ['cp', '-', `${name}:${FOLDER}`], { input: Buffer.concat(chunks) });
}

interface Present {
  readonly state: string;
  readonly recipe: string;
}

async function look(engine: Engine, name: string): Promise<Present | undefined> {
  const format = `{{.Names}}\t{{.State}}\t{{.Label "${RECIPE_LABEL}"}}`;
  const list = ['container', 'ls', '--all', '--filter', `name=^/?${name}$`, '--format', format];
  const [, state, recipe] = (await docker(engine, list)).stdout.trim().split('\t');
  return state === undefined ? undefined : { state, recipe: recipe ?? '' };
}

interface Waiting {
  readonly tell: (message: string) => void;
  readonly signal: AbortSignal;
}

async function waitUntilReady(engine: Engine, place: BridgePlace, { tell, signal }: Waiting): Promise<void> {
  const { container: name } = place;
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await readiness(place, signal);
    const present = await look(engine, name);
    if (answer === 'ok' && present?.state === 'running') return;
    const state = present?.state === 'running' ? answer : `its container is ${present?.state ?? 'gone'}`;
    tell(state);
    if (present === undefined || present.state !== 'running' || performance.now() > deadline) {
      const { stdout, stderr } = await docker(engine, ['logs', '--tail', LOG_LINES, name]);
      throw new Error(
        `The bridge ${name} is not ready: ${state}. The end of its log:\n${`${stdout}${stderr}`.trimEnd()}`,
      );
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** `ok`, or what it waits for. */
async function readiness({ address, port }: BridgePlace, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`http://${bracketed(address)}:${String(port)}/readyz`, { signal });
    return (await response.text()).trim();
  } catch (error) {
    signal.throwIfAborted();
    return `no answer on port ${String(port)} yet (${(error as Error).message})`;
  }
}
