import type { ImageInspectInfo } from 'dockerode';
import { ImageUnavailable } from '../../../crds/errors.ts';
import type { Image, Images } from '../containers.ts';
import type { Connection } from './connection.ts';
import { isImageReference } from './image-reference.ts';
import { inBatches } from './in-batches.ts';
import { pull } from './pull.ts';
import { Refused } from './refusal.ts';

export class DockerImages implements Images {
  readonly #connection: Connection;
  readonly #pullStallMs: number;

  constructor(connection: Connection, pullStallMs: number) {
    this.#connection = connection;
    this.#pullStallMs = pullStallMs;
  }

  async find(reference: string, signal: AbortSignal): Promise<Image | undefined> {
    if (!isImageReference(reference)) return undefined;
    try {
      const info = await this.#connection.ask(
        `image ${reference}`,
        (docker) => docker.getImage(reference).inspect(),
        signal,
      );
      return toImage(info);
    } catch (error) {
      if (Refused.is(error, 404) || Refused.is(error, 400, /invalid reference format/i)) return undefined;
      throw error;
    }
  }

  async list(signal: AbortSignal): Promise<readonly Image[]> {
    const found = await this.#connection.ask(
      'its images',
      (docker, abortSignal) => docker.listImages({ filters: { dangling: ['false'] }, abortSignal }),
      signal,
    );
    const images = await inBatches(found, ({ Id }) => this.find(Id, signal));
    return images.filter((image) => image !== undefined && image.tags.length > 0) as Image[];
  }

  async pull(reference: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
    try {
      await pull(this.#connection, reference, { onProgress, stallMs: this.#pullStallMs }, signal);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const known = await this.list(signal);
      throw new ImageUnavailable(
        { image: reference, answer: error.answer, known: known.flatMap(({ tags }) => tags) },
        error,
      );
    }
  }
}

const toImage = (info: ImageInspectInfo): Image => {
  // Typed as always there; null or absent in images without.
  const config = info.Config as Partial<ImageInspectInfo['Config']> | null | undefined;
  const entrypoint = config?.Entrypoint ?? [];
  return {
    id: info.Id,
    tags: info.RepoTags ?? [],
    labels: (config?.Labels as Record<string, string> | null | undefined) ?? {},
    entrypoint: typeof entrypoint === 'string' ? [entrypoint] : entrypoint,
  };
};
