import { nearest } from '../api/wire/nearest.ts';
import { ExitCode } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { FORMATS, type Format, type OutputOptions } from './output/choose.ts';

/** What was typed: the bridge's words, and the options that are the command line's own. */
export interface Arguments {
  readonly words: readonly string[];
  readonly output: OutputOptions;
}

/** Options of every command, beside --help, which never reach the bridge. For help and completion. */
export const OWN_OPTIONS = [
  {
    letter: 'o',
    long: 'output',
    label: 'FORMAT',
    text: `${FORMATS.join(', ')}; without it table on a terminal, else json`,
  },
  { long: 'no-headers', text: 'tables without their first line' },
] as const;

/** Throws CliFailure (usage). */
export function readArguments(typed: readonly string[]): Arguments {
  const words: string[] = [];
  const rest = [...typed];
  let format: Format | undefined;
  let hasHeader = true;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const attached = /^(?:--output=|-o=?)(?<value>.+)$/s.exec(word)?.groups?.['value'];
    if (word === '--') words.push(word, ...rest.splice(0));
    else if (word === '-o' || word === '--output') format = formatOf(rest.shift());
    else if (attached !== undefined) format = formatOf(attached);
    else if (word === '--no-headers') hasHeader = false;
    else words.push(word);
  }
  return { words, output: { ...(format === undefined ? {} : { format }), hasHeader } };
}

function formatOf(word: string | undefined): Format {
  const found = FORMATS.find((format) => format === word);
  if (found !== undefined) return found;
  const list = `${FORMATS.slice(0, -1).join(', ')} or ${FORMATS.at(-1) ?? ''}`;
  if (word === undefined) throw new CliFailure(ExitCode.usage, `Option -o needs a format: ${list}.`);
  const meant = nearest(word, FORMATS);
  const advice = meant === undefined ? `take ${list}` : `did you mean -o ${meant}? There are ${list}`;
  throw new CliFailure(ExitCode.usage, `There is no format ${JSON.stringify(word.slice(0, 40))}; ${advice}.`);
}
