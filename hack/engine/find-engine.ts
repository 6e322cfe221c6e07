import { run, RunError } from '../console/run.ts';
import { pingEngine, type EngineVersion } from './ping.ts';
import { DEFAULT_SOCKET } from './places.ts';

export type Found =
  | ({ readonly socketPath: string } & EngineVersion)
  /** Nobody listens on the default socket, and nothing says that anybody should: an engine may be started there. */
  | 'absent';

/** The engine that this user's `docker` would talk to. Throws when one is configured but does not answer. */
export async function findEngine(env: NodeJS.ProcessEnv = process.env): Promise<Found> {
  const configured = await configuredHost(env);
  const socketPath = socketOf(configured?.host ?? `unix://${DEFAULT_SOCKET}`, configured?.by ?? 'the default');
  try {
    return { socketPath, ...(await pingEngine(socketPath)) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const nobodyListens = code === 'ENOENT' || code === 'ECONNREFUSED';
    if (nobodyListens && socketPath === DEFAULT_SOCKET) return 'absent';
    throw new Error(explain(socketPath, configured?.by, error), { cause: error });
  }
}

interface ConfiguredHost {
  readonly host: string;
  readonly by: string;
}

async function configuredHost(env: NodeJS.ProcessEnv): Promise<ConfiguredHost | undefined> {
  if (env['DOCKER_HOST']) return { host: env['DOCKER_HOST'], by: 'DOCKER_HOST' };
  try {
    const { stdout } = await run(['docker', 'context', 'inspect', '--format', '{{.Name}} {{.Endpoints.docker.Host}}']);
    const [name, host] = stdout.trim().split(' ');
    return name && host && name !== 'default' ? { host, by: `the docker context "${name}"` } : undefined;
  } catch (error) {
    // No client, or one older than contexts: then there is nothing but the default.
    if (error instanceof RunError) return undefined;
    throw error;
  }
}

/** The path of a unix:// address. Throws for others: node containers need this machine's own engine. */
export function socketOf(host: string, by: string): string {
  const path = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (path === undefined) {
    throw new Error(
      `${by} names the engine ${host}, but node containers need one on this machine, behind a unix socket. ` +
        `Set DOCKER_HOST=unix:///path/to/docker.sock.`,
    );
  }
  return path === '/run/docker.sock' ? DEFAULT_SOCKET : path;
}

function explain(socketPath: string, by: string | undefined, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  if ((error as NodeJS.ErrnoException).code === 'EACCES') {
    return (
      `A container engine listens on ${socketPath}, but this user may not talk to it (${why}). ` +
      'Join its group (sudo usermod -aG docker $USER, then log in again), or run this as root.'
    );
  }
  const which =
    by === undefined
      ? `the container engine on ${socketPath}`
      : `the container engine that ${by} names, ${socketPath},`;
  return `There is no answer from ${which} (${why}). Start it${by === undefined ? '' : `, or unset what names it`}, and try again.`;
}
