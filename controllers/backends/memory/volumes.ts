import { NameTaken, VolumeInUse } from '../../../crds/errors.ts';
import { Label } from '../../../crds/names.ts';
import type { Volume, Volumes, VolumeWriter } from '../containers.ts';
import type { Gate } from './gate.ts';
import { isUp } from './lifecycle.ts';
import { hasLabels, ownerOf } from './model.ts';
import type { Model } from './model.ts';

export class MemoryVolumes implements Volumes {
  readonly #model: Model;
  readonly #gate: Gate;

  constructor(model: Model, gate: Gate) {
    this.#model = model;
    this.#gate = gate;
  }

  list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Volume[]> {
    return this.#gate.call('volumes.list', [], signal, () =>
      [...this.#model.volumes.values()]
        .filter((volume) => hasLabels(volume.labels, labels))
        .map(({ name, owner, labels: own }) => ({ name, owner, labels: own })),
    );
  }

  ensure(
    volume: { owner: string; name: string; labels: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<void> {
    return this.#gate.call('volumes.ensure', [volume.name], signal, () => {
      const existing = this.#model.volumes.get(volume.name);
      if (existing === undefined) {
        const labels = { ...volume.labels, [Label.id]: volume.owner };
        this.#model.volumes.set(volume.name, { name: volume.name, owner: volume.owner, labels, files: new Map() });
      } else if (existing.owner !== volume.owner) {
        const by = existing.owner === undefined ? 'a volume without our label' : `a volume of ${existing.owner}`;
        throw new NameTaken({ what: 'volume', name: volume.name, by });
      }
    });
  }

  writers(names: readonly string[], signal: AbortSignal): Promise<readonly VolumeWriter[]> {
    return this.#gate.call('volumes.writers', [], signal, () =>
      [...this.#model.containers.values()]
        .filter(isUp)
        .flatMap((container) =>
          container.volumes
            .filter(({ name, readOnly }) => names.includes(name) && readOnly !== true)
            .map(({ name }) => ({ volume: name, container: container.name, owner: ownerOf(container) })),
        ),
    );
  }

  remove(name: string, signal: AbortSignal): Promise<void> {
    return this.#gate.call('volumes.remove', [name], signal, () => {
      const users = [...this.#model.containers.values()].filter(({ volumes }) =>
        volumes.some((volume) => volume.name === name),
      );
      if (users.length > 0) {
        const answer = `volume is in use - [${users.map(({ id }) => id).join(', ')}]`;
        throw new VolumeInUse({ volume: name, answer });
      }
      this.#model.volumes.delete(name);
    });
  }
}
