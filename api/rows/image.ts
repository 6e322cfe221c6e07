import type { ImageRow } from '../wire/rows.ts';
import { HUB, parseReference } from './image-name.ts';

/** One with a digest alone has no tag, and is no row. */
function imageRow(reference: string): ImageRow | undefined {
  const { registry, path, version } = parseReference(reference);
  const tag = /^:([^@]+)/.exec(version)?.[1];
  if (tag === undefined) return undefined;
  const parts = path.split('/');
  const image = parts.pop() ?? '';
  const [user = '', ...repository] = parts;
  return {
    name: `${registry}/${path}:${tag}`,
    registry,
    user: user === '' && registry === HUB ? 'library' : user,
    repository: repository.join('/'),
    image,
    tag,
  };
}

/** By name, each once, and of one name the last tag first, as QBO sorts them: by letters. */
export function imageRows(references: readonly string[]): readonly ImageRow[] {
  const rows = new Map<string, ImageRow>();
  for (const reference of references) {
    const row = imageRow(reference);
    if (row !== undefined) rows.set(row.name, row);
  }
  const withoutTag = ({ name, tag }: ImageRow): string => name.slice(0, -tag.length);
  return [...rows.values()].sort((a, b) => compare(withoutTag(a), withoutTag(b)) || compare(b.tag, a.tag));
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
