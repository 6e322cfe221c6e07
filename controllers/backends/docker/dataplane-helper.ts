import { createHash } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import { ImageUnavailable, NameTaken } from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import { SystemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { HelperVariable } from '../dataplane/agent/process.ts';
import { RemoteDataplane } from '../dataplane/agent/remote.ts';
import type { Channel } from '../dataplane/agent/remote.ts';
import type { DataplaneKind } from '../dataplane/choose.ts';
import { Connection } from './connection.ts';
import { inspectContainer } from './containers.ts';
import { helperChannel } from './helper-channel.ts';
import { Refused } from './refusal.ts';

export interface DataplaneHelperOptions {
  /** Of the engine. */
  readonly socketPath: string;
  readonly instance: string;
  readonly kind: DataplaneKind;
  /** The operator's own image. Absent: a helper that is there is used, and none is made. */
  readonly image?: string;
}

/** Name of the helper's container. */
export const helperName = (instance: string): string => `${instance}-dataplane`;

const MEBIBYTE = 2 ** 20;
const SYSCTLS = '/host/sysctl';

/**
 * The dataplane in the host's network namespace, through a container that is made when it is first needed, made anew when
 * the operator is of another version or somebody removed or changed it, and started when somebody stopped it. Requests go to
 * it over one exec stream of the engine: who may speak to the engine may speak to it, and nobody else.
 */
export function dockerDataplane(options: DataplaneHelperOptions, log: Logger): RemoteDataplane {
  const connection = new Connection(options.socketPath, new SystemClock(), log);
  return new RemoteDataplane(async (signal): Promise<Channel> => {
    const container = await ensureHelper(connection, options, signal);
    log.info('Connected to the dataplane helper', { container });
    return helperChannel(connection, container, ['/usr/local/bin/node', '/operator/operator.mjs', 'dataplane'], signal);
  });
}

async function ensureHelper(
  connection: Connection,
  { instance, image, kind }: DataplaneHelperOptions,
  signal: AbortSignal,
): Promise<string> {
  const name = helperName(instance);
  const found = await inspectContainer(connection, name, signal);
  if (found !== undefined && found.Config.Labels[Label.instance] !== instance)
    throw new NameTaken({ what: 'container', name, by: 'somebody else' });
  const spec =
    image === undefined
      ? undefined
      : helperOptions({ instance, kind, image: await imageId(connection, image, signal) });
  const isCurrent = spec === undefined || found?.Config.Labels[Label.recipe] === spec.Labels?.[Label.recipe];
  if (found !== undefined && isCurrent) {
    if (!found.State.Running || found.State.Paused) await restart(connection, name, signal);
    return name;
  }
  if (spec === undefined)
    throw new ImageUnavailable({ image: 'of the dataplane', answer: `there is no container ${name}`, known: [] });
  await connection.ask(
    `container ${name}`,
    async (docker) => {
      if (found !== undefined) await docker.getContainer(found.Id).remove({ force: true, v: true });
      const made = await docker.createContainer({ ...spec, name });
      await made.start();
    },
    signal,
  );
  return name;
}

/** Also one that is paused: it would answer nothing. */
const restart = (connection: Connection, name: string, signal: AbortSignal): Promise<void> =>
  connection.ask(
    `container ${name}`,
    async (docker) => {
      await docker.getContainer(name).restart({ t: 0 });
    },
    signal,
  );

async function imageId(connection: Connection, image: string, signal: AbortSignal): Promise<string> {
  try {
    const found = await connection.ask(`image ${image}`, (docker) => docker.getImage(image).inspect(), signal);
    return found.Id;
  } catch (error) {
    if (Refused.is(error, 404)) throw new ImageUnavailable({ image, answer: error.answer, known: [] }, error);
    throw error;
  }
}

/** By what a container that was made otherwise is told: by an older operator, or for another kind of dataplane. */
const recipeOf = (options: ContainerCreateOptions): string =>
  createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 16);

interface HelperSpec {
  readonly instance: string;
  readonly kind: DataplaneKind;
  readonly image: string;
}

/** As little of the host as the work needs: its network, and the right to change that. */
function helperOptions({ instance, kind, image }: HelperSpec): ContainerCreateOptions {
  const options: ContainerCreateOptions = {
    Image: image,
    User: '0:0',
    // Something that never ends and costs nothing; the work is done by what is started beside it.
    Entrypoint: ['/bin/ip', 'monitor', 'nsid'],
    Cmd: [],
    StopSignal: 'SIGKILL',
    Env: [
      `${HelperVariable.instance}=${instance}`,
      `${HelperVariable.kind}=${kind}`,
      `${HelperVariable.sysctls}=${SYSCTLS}`,
    ],
    HostConfig: {
      NetworkMode: 'host',
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 128,
      Memory: 512 * MEBIBYTE,
      // iptables keeps its lock there.
      Tmpfs: { '/run': 'size=1m' },
      // Those of the network alone: /proc/sys of a container is read-only, and the host's would be too much.
      Mounts: [{ Type: 'bind', Source: '/proc/sys/net', Target: `${SYSCTLS}/net`, ReadOnly: false }],
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  };
  return { ...options, Labels: { [Label.instance]: instance, [Label.recipe]: recipeOf(options) } };
}
