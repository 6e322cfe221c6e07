import { ImageUnavailable } from '../../../crds/errors.ts';
import type { Image, Images } from '../containers.ts';
import { unless } from './gate.ts';
import type { Gate } from './gate.ts';
import type { MemoryImage, Model } from './model.ts';

/** What a registry does when it is asked for one image. */
export interface RegistryEntry {
  /** Absent: the registry refuses. */
  readonly image?: MemoryImage;
  /** The registry's words when it refuses. */
  readonly answer?: string;
  readonly durationMs?: number;
}

export class MemoryImages implements Images {
  readonly #model: Model;
  readonly #gate: Gate;
  readonly #registry: ReadonlyMap<string, RegistryEntry>;

  constructor(model: Model, gate: Gate, registry: ReadonlyMap<string, RegistryEntry>) {
    this.#model = model;
    this.#gate = gate;
    this.#registry = registry;
  }

  find(reference: string, signal: AbortSignal): Promise<Image | undefined> {
    return this.#gate.call('images.find', [reference], signal, () => {
      const image = this.#model.findImage(reference);
      return image && shown(image);
    });
  }

  list(signal: AbortSignal): Promise<readonly Image[]> {
    return this.#gate.call('images.list', [], signal, () =>
      [...this.#model.images.values()].filter(({ tags }) => tags.length > 0).map(shown),
    );
  }

  pull(reference: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
    return this.#gate.call('images.pull', [reference], signal, async () => {
      const { image, answer, durationMs = 0 } = this.#registry.get(reference) ?? {};
      if (image === undefined) {
        const known = [...this.#model.images.values()].flatMap(({ tags }) => tags);
        throw new ImageUnavailable({
          image: reference,
          answer: answer ?? `manifest for ${reference} not found: manifest unknown`,
          known,
        });
      }
      onProgress(`Pulling ${reference}`);
      if (durationMs > 0) await unless([signal, this.#gate.session], this.#model.clock.sleep(durationMs, signal));
      this.#model.images.set(image.id, image);
      onProgress(`Status: Downloaded newer image for ${reference}`);
    });
  }
}

const shown = ({ id, tags, labels, entrypoint }: MemoryImage): Image => ({ id, tags, labels, entrypoint });
