/** One entry of a catalogue: its key, and what the comment above it says. */
export interface Documented {
  readonly name: string;
  readonly text: string;
}

const CATALOGUE = /^export const (\w+) = \{\n(.*?)^\} as const;/gms;
const ENTRY = /^ {2}(?:\/\*\*((?:(?!\*\/).)*)\*\/\n {2})?(\w+): '(\w+)',$/gms;

/**
 * The catalogues in the text of a source file: `export const Reason = { ... } as const`, where every key has a comment. An
 * entry that has none takes the comment that its key has in an earlier catalogue. Throws when there is none either.
 */
export function documentedCatalogues(source: string): ReadonlyMap<string, readonly Documented[]> {
  const known = new Map<string, string>();
  const catalogues = new Map<string, readonly Documented[]>();
  for (const [, title = '', body = ''] of source.matchAll(CATALOGUE)) {
    const entries = [...body.matchAll(ENTRY)].map(([, comment, name = '']) => {
      const text = comment === undefined ? known.get(name) : oneLine(comment);
      if (text === undefined) throw new Error(`${title}.${name} has no comment: say what it means, in one sentence.`);
      known.set(name, known.get(name) ?? text);
      return { name, text };
    });
    catalogues.set(title, entries);
  }
  return catalogues;
}

const oneLine = (comment: string): string => comment.replaceAll(/\n\s*\*?\s?/g, ' ').trim();
