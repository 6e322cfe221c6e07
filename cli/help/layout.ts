import { padded, widthOf } from '../output/width.ts';

export interface Layout {
  /** Of the terminal; text is broken into lines of at most this, and at most 100. */
  readonly width: number;
  readonly heading: (text: string) => string;
}

const WIDEST = 100;

/** `Usage:` and below it, indented, its lines. */
export const section = ({ heading }: Layout, title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n${heading(`${title}:`)}\n${lines.map((line) => `  ${line}\n`).join('')}`;

/** Two aligned columns; the second is broken into lines, and goes on below itself. */
export function pairs(layout: Layout, entries: readonly (readonly [term: string, text: string])[]): string[] {
  const left = Math.max(0, ...entries.map(([term]) => widthOf(term))) + 3;
  return entries.flatMap(([term, text]) =>
    broken(text, Math.min(WIDEST, layout.width) - left - 2).map(
      (line, index) => padded(index === 0 ? term : '', left) + line,
    ),
  );
}

/** Lines of whole words. */
export function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > Math.max(20, width)) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
