import { Failure } from '../../failure.ts';
import { nearest } from '../../wire/nearest.ts';
import { shown } from '../../wire/shown.ts';
import type { ImageRow } from '../../wire/rows.ts';
import { imageRows } from '../../rows/image.ts';
import { engineFacts } from '../engine-facts.ts';
import { say, type Scope } from '../scope.ts';

/** Node images that the engine has, and the tags of a registry when one answers in time. */
export async function getImages(scope: Scope): Promise<void> {
  const { command, reply, signal, registryTags } = scope;
  const [{ images }, registry] = await Promise.all([engineFacts(scope), registryTags?.(signal)]);
  if (registry?.error !== undefined) say(scope, registry.error);
  const rows = imageRows([...images, ...(registry?.references ?? [])]);
  reply.send({ images: [...named(rows, command.names)] }, { apicommand: 'APICMD_REGISTRY_AUTH' });
}

/** By whole name, with or without registry, by `name:tag`, or by tag. */
function named(rows: readonly ImageRow[], names: readonly string[]): readonly ImageRow[] {
  if (names.length === 0) return rows;
  const found = names.map((name) => rows.filter((row) => wordsOf(row).includes(name)));
  const missing = names.find((_, index) => found[index]?.length === 0);
  if (missing === undefined) return [...new Set(found.flat())];
  const near = nearest(missing, rows.flatMap(wordsOf));
  throw new Failure(
    404,
    `There is no image ${shown(missing)}. ${near === undefined ? 'See qbo get images -A.' : `Did you mean ${near}?`}`,
  );
}

const wordsOf = ({ name, registry, tag, image }: ImageRow): string[] => {
  const short = name.slice(registry.length + 1);
  return [short, name, short.slice(0, -tag.length - 1), `${image}:${tag}`, tag];
};
