import type { Containers } from '../backends/containers.ts';

/** What makes a container a node once kubeadm has run, in the order in which they need each other. */
const SERVICES = ['containerd', 'kubelet'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** One of a node's services, as the node's own systemd knows it. */
export interface Service {
  readonly name: ServiceName;
  /** Whether it does not run and nobody is about to start it: systemd itself sees to what crashes. */
  readonly isDown: boolean;
  /** systemd's words: `inactive`, or `failed: exit-code`. */
  readonly state: string;
  /** Unix time in ms since when it runs; undefined while it does not. */
  readonly since: number | undefined;
}

const PROPERTIES = 'Id,LoadState,ActiveState,Result,Job,ActiveEnterTimestamp';
const SHOW_SERVICES = [
  'systemctl',
  'show',
  `--property=${PROPERTIES}`,
  '--',
  ...SERVICES.map((name) => `${name}.service`),
] as const;

/** Empty when the node's systemd does not answer, as one that boots or goes down. Throws ContainerNotRunning. */
export async function servicesIn(
  containers: Containers,
  container: string,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  const { exitCode, stdout } = await containers.exec(container, { argv: SHOW_SERVICES }, signal);
  return exitCode === 0 ? parseServices(stdout) : [];
}

/** Reads what `systemctl show` tells of several units: blocks of `Name=value`, with an empty line between. */
export function parseServices(shown: string): readonly Service[] {
  return shown.split(/\n\s*\n/).flatMap((block) => {
    const properties = new Map(
      block.split('\n').map((line): [string, string] => {
        const equals = line.indexOf('=');
        return [line.slice(0, equals), line.slice(equals + 1).trim()];
      }),
    );
    const get = (property: string): string => properties.get(property) ?? '';
    const name = SERVICES.find((each) => get('Id') === `${each}.service`);
    return name === undefined || get('LoadState') !== 'loaded' ? [] : [serviceOf(name, get)];
  });
}

function serviceOf(name: ServiceName, get: (property: string) => string): Service {
  const state = get('ActiveState');
  // A job is queued: it is about to be started, or the node boots.
  const isAboutTo = !['', '0'].includes(get('Job'));
  const since = Date.parse(get('ActiveEnterTimestamp'));
  return {
    name,
    isDown: (state === 'inactive' || state === 'failed') && !isAboutTo,
    state: state === 'failed' ? `failed: ${get('Result')}` : state,
    since: state === 'active' && !Number.isNaN(since) ? since : undefined,
  };
}

/** Has systemd start a service, or start it anew. What systemd answers when it does not; undefined when it does. */
export async function orderService(
  containers: Containers,
  { container, order, name }: { container: string; order: 'start' | 'restart'; name: ServiceName },
  signal: AbortSignal,
): Promise<string | undefined> {
  // Not waited for: whether it runs is looked at again anyway.
  const argv = ['systemctl', order, '--no-block', '--', `${name}.service`];
  const { exitCode, stdout, stderr } = await containers.exec(container, { argv }, signal);
  return exitCode === 0 ? undefined : (stderr || stdout).trim() || `exit code ${String(exitCode)}`;
}
