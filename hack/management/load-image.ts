import { PassThrough } from 'node:stream';

import { run, RunError, type Argv } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { docker } from '../node-image/docker.ts';

const CTR = ['ctr', '--namespace', 'k8s.io', 'images'] as const;

/** Whether a node's container runtime has the image under exactly this reference. */
export async function nodeHasImage(engine: Engine, container: string, reference: string): Promise<boolean> {
  const filter = `name==docker.io/${reference}`;
  const { stdout } = await docker(engine, ['exec', container, ...CTR, 'ls', '--quiet', filter]);
  return stdout.trim() !== '';
}

/** Copies an image of the engine into a node's container runtime, without a registry in between. */
export async function loadImage(
  engine: Engine,
  container: string,
  reference: string,
  signal: AbortSignal,
): Promise<void> {
  const host: Argv = ['docker', '--host', `unix://${engine.socketPath}`];
  const archive = new PassThrough();
  const [saved, imported] = await Promise.allSettled([
    run([...host, 'save', reference], { stdoutTo: archive }, signal),
    run([...host, 'exec', '--interactive', container, ...CTR, 'import', '-'], { input: archive }, signal),
  ]);
  // An import that has what it needs may end before the archive's last padding, and then saving fails on a broken pipe.
  if (imported.status === 'fulfilled') return;
  const saveSaysWhy =
    saved.status === 'rejected' && saved.reason instanceof RunError && saved.reason.exitCode !== undefined;
  throw saveSaysWhy ? saved.reason : imported.reason;
}

/** Removes other images of the same repository from the node: each change of the sources leaves one behind. */
export async function removeOtherImages(engine: Engine, container: string, reference: string): Promise<void> {
  const [repository = ''] = reference.split(':');
  const { stdout } = await docker(engine, ['exec', container, ...CTR, 'ls', '--quiet']);
  const others = stdout
    .split('\n')
    .filter((name) => name.startsWith(`docker.io/${repository}:`) && name !== `docker.io/${reference}`);
  if (others.length > 0) await docker(engine, ['exec', container, ...CTR, 'rm', ...others]);
}
