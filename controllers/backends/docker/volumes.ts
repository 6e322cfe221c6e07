import type { VolumeInspectInfo } from 'dockerode';
import { NameTaken, VolumeInUse } from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import type { Volume, Volumes, VolumeWriter } from '../containers.ts';
import type { Connection } from './connection.ts';
import { isName } from './path-segment.ts';
import { Refused } from './refusal.ts';

/** Their processes are there, or will be in a moment. */
const UP = ['running', 'paused', 'restarting'];

export class DockerVolumes implements Volumes {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Volume[]> {
    const filters = {
      label: Object.entries(labels).map(([name, value]) => (value === '' ? name : `${name}=${value}`)),
    };
    const { Volumes } = await this.#connection.ask(
      'its volumes',
      (docker, abortSignal) => docker.listVolumes({ filters, abortSignal }),
      signal,
    );
    // Typed as always there; null when there are none.
    return ((Volumes as VolumeInspectInfo[] | null) ?? []).map(toVolume);
  }

  async ensure(
    volume: { owner: string; name: string; labels: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<void> {
    const existing = await this.#find(volume.name, signal);
    if (existing === undefined) {
      await this.#connection.ask(
        `volume ${volume.name}`,
        (docker, abortSignal) =>
          docker.createVolume({
            Name: volume.name,
            Labels: { ...volume.labels, [Label.id]: volume.owner },
            abortSignal,
          }),
        signal,
      );
      return;
    }
    if (existing.owner === volume.owner) return;
    const by = existing.owner === undefined ? 'a volume without our label' : `a volume of ${existing.owner}`;
    throw new NameTaken({ what: 'volume', name: volume.name, by });
  }

  async writers(names: readonly string[], signal: AbortSignal): Promise<readonly VolumeWriter[]> {
    const filters = { volume: [...names], status: UP };
    const containers = await this.#connection.ask(
      'the users of volumes',
      (docker, abortSignal) => docker.listContainers({ filters, abortSignal }),
      signal,
    );
    return containers.flatMap(({ Id, Names, Labels, Mounts }) =>
      // The filter also finds those that have the name as a path.
      Mounts.filter(({ Type, Name, RW }) => Type === 'volume' && RW && names.includes(Name ?? '')).map(({ Name }) => ({
        volume: Name ?? '',
        container: Names[0]?.replace(/^\//, '') ?? Id,
        owner: Labels[Label.id],
      })),
    );
  }

  async #find(name: string, signal: AbortSignal): Promise<Volume | undefined> {
    if (!isName(name)) return undefined;
    try {
      const info = await this.#connection.ask(
        `volume ${name}`,
        (docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }),
        signal,
      );
      return toVolume(info);
    } catch (error) {
      if (Refused.is(error, 404)) return undefined;
      throw error;
    }
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    if (!isName(name)) return;
    try {
      await this.#connection.ask(
        `volume ${name}`,
        (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }),
        signal,
      );
    } catch (error) {
      if (Refused.is(error, 404)) return;
      if (Refused.is(error, 409)) throw new VolumeInUse({ volume: name, answer: error.answer }, error);
      throw error;
    }
  }
}

function toVolume({ Name, Labels }: VolumeInspectInfo): Volume {
  // Typed as always there; null when it was made without any.
  const labels = (Labels as Record<string, string> | null) ?? {};
  return { name: Name, owner: labels[Label.id], labels };
}
