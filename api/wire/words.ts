import { CommandError } from './command-error.ts';

/** Longest command line, in characters, and most words that it may have. */
export const MAX_LINE = 4096;
const MAX_WORDS = 128;

/** Control characters, and those that make text look other than it is. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * The words of a line, as a shell would see them: separated by blanks, which quotes ('...', "...") or a backslash keep.
 * @throws CommandError
 */
export function splitWords(line: string): readonly string[] {
  if (line.length > MAX_LINE) {
    throw new CommandError(400, `The command has ${line.length} characters; shorten it to ${MAX_LINE}.`);
  }
  const words: string[] = [];
  const rest = new Reader(line.replaceAll('\t', ' ').trim());
  while (!rest.isAtEnd) {
    const word = readWord(rest);
    if (word !== undefined) words.push(word);
  }
  return words;
}

/** @throws CommandError when a word has characters that can not be seen, or when there are too many */
export function checkWords(words: readonly string[]): void {
  if (words.length > MAX_WORDS) {
    throw new CommandError(400, `The command has ${words.length} words; at most ${MAX_WORDS} are possible.`);
  }
  if (words.some((word) => UNSEEN.test(word))) {
    throw new CommandError(400, 'The command has a control character or an invisible one; type it without.');
  }
}

/** One word as it is written in a line: quoted when it would be taken for something else. */
export const quote = (word: string): string =>
  /^[A-Za-z0-9._:/@%+=,?-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

class Reader {
  readonly #text: string;
  #next = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#text.length;
  }

  take(): string {
    return this.#text.charAt(this.#next++);
  }
}

/** Undefined where there are only blanks. */
function readWord(rest: Reader): string | undefined {
  let word: string | undefined;
  while (!rest.isAtEnd) {
    const character = rest.take();
    if (character === ' ') return word;
    word = (word ?? '') + (isQuote(character) ? readQuoted(rest, character) : readPlain(rest, character));
  }
  return word;
}

const isQuote = (character: string): boolean => character === "'" || character === '"';

function readPlain(rest: Reader, character: string): string {
  if (character !== '\\') return character;
  if (rest.isAtEnd) throw new CommandError(400, 'The command ends with a backslash; leave it out, or type two.');
  return rest.take();
}

function readQuoted(rest: Reader, quoteMark: string): string {
  let text = '';
  while (!rest.isAtEnd) {
    const character = rest.take();
    if (character === quoteMark) return text;
    const isEscape = quoteMark === '"' && character === '\\' && !rest.isAtEnd;
    text += isEscape ? unescape(rest.take()) : character;
  }
  throw new CommandError(400, `A ${quoteMark} is not closed; add one, or take the first away.`);
}

/** Within double quotes a backslash is itself, but before these. */
const unescape = (character: string): string => (/["\\$`]/.test(character) ? character : `\\${character}`);
