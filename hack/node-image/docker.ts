import { run, type RunOptions, type RunResult } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';

/** The engine's client, bound to that engine whatever the environment says. */
export const docker = (engine: Engine, args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  run(['docker', '--host', `unix://${engine.socketPath}`, ...args], options);

/** A label of a local image, undefined when there is no such image or no such label. */
export async function imageLabel(engine: Engine, image: string, label: string): Promise<string | undefined> {
  const format = `{{.RepoTags}}\t{{index .Config.Labels "${label}"}}`;
  // `image ls` answers with an empty list where `image inspect` fails, so a failure is always a real one.
  const { stdout } = await docker(engine, ['image', 'ls', '--quiet', image]);
  if (stdout.trim() === '') return undefined;
  const inspected = await docker(engine, ['image', 'inspect', '--format', format, image]);
  return inspected.stdout.trim().split('\t')[1] || undefined;
}

export const hasImage = async (engine: Engine, image: string): Promise<boolean> =>
  (await docker(engine, ['image', 'ls', '--quiet', image])).stdout.trim() !== '';
