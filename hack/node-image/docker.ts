import { run, type RunOptions, type RunResult } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';

/** The engine's client, bound to that engine whatever the environment says. */
export const docker = (engine: Engine, args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  run(['docker', '--host', `unix://${engine.socketPath}`, ...args], options);

/** A label of a local image, undefined when there is no such image or no such label. */
export async function imageLabel(engine: Engine, image: string, label: string): Promise<string | undefined> {
  const format = `{{.RepoTags}}\t{{index .Config.Labels "${label}"}}`;
  const id = await imageId(engine, image);
  if (id === undefined) return undefined;
  const inspected = await docker(engine, ['image', 'inspect', '--format', format, id]);
  return inspected.stdout.trim().split('\t')[1] || undefined;
}

/** The full id of a local image by name; undefined when there is none. */
async function imageId(engine: Engine, image: string): Promise<string | undefined> {
  // `image ls` answers with an empty list where `image inspect` fails, so a failure is always a real one.
  const { stdout } = await docker(engine, ['image', 'ls', '--quiet', '--no-trunc', image]);
  return stdout.trim() || undefined;
}

export const hasImage = async (engine: Engine, image: string): Promise<boolean> =>
  (await imageId(engine, image)) !== undefined;

/** Removes the images with a label that have lost their name to a newer one and that no container uses. */
export async function removeReplacedImages(engine: Engine, label: string): Promise<void> {
  const filters = ['--filter', 'dangling=true', '--filter', `label=${label}`];
  const { stdout } = await docker(engine, ['image', 'ls', '--quiet', '--no-trunc', ...filters]);
  for (const id of stdout.split('\n').filter((line) => line !== '')) {
    const users = await docker(engine, ['container', 'ls', '--all', '--quiet', '--filter', `ancestor=${id}`]);
    if (users.stdout.trim() === '') await docker(engine, ['image', 'rm', id]);
  }
}
