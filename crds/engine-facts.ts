import { z } from 'zod';
import { jsonOf } from './json-text.ts';

/**
 * What the operator tells of the container engine, which nobody else may ask: a ConfigMap in its own namespace that users of the
 * system may read. It is written when something has changed.
 */
export const ENGINE_FACTS = 'qbo-engine';

/** Its keys. */
const Field = { images: 'images', version: 'version' } as const;

/** More than any engine has; beyond it the oldest names are left out. */
const MOST_IMAGES = 1_000;

export interface EngineFacts {
  /** Tags of local images that can be nodes, sorted. */
  readonly images: readonly string[];
  /** Of the engine, such as 28.5.1; empty when it does not tell. */
  readonly version: string;
}

export const engineData = ({ images, version }: EngineFacts): Record<string, string> => ({
  [Field.images]: JSON.stringify([...new Set(images)].sort().slice(-MOST_IMAGES)),
  [Field.version]: version,
});

/** Nothing is known of what is not there, or was changed into something else. */
export function readEngineData(data: Readonly<Record<string, string>> | undefined): EngineFacts {
  const images = z.array(z.string().max(512)).safeParse(jsonOf(data?.[Field.images] ?? '[]'));
  return { images: images.data ?? [], version: data?.[Field.version] ?? '' };
}
