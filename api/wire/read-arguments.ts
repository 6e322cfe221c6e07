import { CommandError } from './command-error.ts';
import type { CommandEntry } from './commands.ts';
import { commandName } from './lookup.ts';
import { nearest } from './nearest.ts';
import { called } from './options.ts';
import type { OptionEntry, Options } from './options.ts';
import { shown } from './shown.ts';
import { checkNumber, checkValue } from './values.ts';

export interface Arguments {
  readonly names: readonly string[];
  readonly options: Options;
}

/** What comes after the object: options and names, in any order. @throws CommandError */
export function readArguments(entry: CommandEntry, words: readonly string[]): Arguments {
  const reader = new ArgumentReader(entry, words);
  return reader.read();
}

class ArgumentReader {
  readonly #entry: CommandEntry;
  readonly #words: string[];
  readonly #names: string[] = [];
  readonly #options = new Map<keyof Options, string | number | true>();

  constructor(entry: CommandEntry, words: readonly string[]) {
    this.#entry = entry;
    this.#words = [...words];
  }

  read(): Arguments {
    for (let word = this.#words.shift(); word !== undefined; word = this.#words.shift()) {
      if (word === '--') this.#names.push(...this.#words.splice(0));
      else if (word.startsWith('--')) this.#long(word);
      else if (word.startsWith('-') && word.length > 1) this.#letters(word);
      else this.#names.push(word);
    }
    return { names: this.#names, options: Object.fromEntries(this.#options) };
  }

  /** `--nodes 3`, `--nodes=3`, `--all`. */
  #long(word: string): void {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    const option = this.#entry.options.find(({ long }) => `--${long}` === name) ?? this.#refuse(name);
    if (option.value !== undefined) this.#set(option, attached ?? this.#next(option));
    else if (attached === undefined) this.#set(option);
    else if (option.key === 'watch' && SHORT_ID.test(attached)) this.#watch(option, attached);
    else throw new CommandError(400, `Option ${name} takes no value; leave =${shown(attached)} out.`);
  }

  /** `-n 3`, `-n3`, `-A`, and several in one word, as in `-Aw`. */
  #letters(word: string): void {
    for (let rest = word.slice(1); rest !== '';) {
      const letter = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      rest = rest.slice(letter.length);
      const option = this.#entry.options.find((known) => known.letter === letter) ?? this.#refuse(`-${letter}`);
      if (option.value !== undefined) {
        this.#set(option, rest === '' ? this.#next(option) : rest.replace(/^=/, ''));
        return;
      }
      if (option.key === 'watch' && SHORT_ID.test(rest)) {
        this.#watch(option, rest);
        return;
      }
      this.#set(option);
    }
  }

  /** The id that may follow -w says what to watch, as a name does. */
  #watch(option: OptionEntry, id: string): void {
    this.#set(option);
    this.#names.push(id);
  }

  #set(option: OptionEntry, text?: string): void {
    const what = `Option ${called(option)}`;
    if (option.value === undefined || text === undefined) {
      this.#options.set(option.key, true);
      return;
    }
    if (this.#options.has(option.key)) throw new CommandError(400, `${what} is given twice; leave one out.`);
    const { value } = option;
    this.#options.set(
      option.key,
      'range' in value ? checkNumber(value.range, text, what) : checkValue(value.kind, text, what),
    );
  }

  #next(option: OptionEntry): string {
    const next = this.#words[0];
    // A number may be negative: that it is out of range says more than that it is missing.
    if (next !== undefined && (!next.startsWith('-') || /^-\d/.test(next))) return this.#words.shift() ?? next;
    const { label = '' } = option.value ?? {};
    throw new CommandError(400, `Option ${called(option)} needs a value; type ${called(option)} ${label}.`);
  }

  #refuse(typed: string): never {
    const { options } = this.#entry;
    const known = options.filter(({ isHidden }) => isHidden !== true);
    const meant = typed.startsWith('--')
      ? nearest(
          typed,
          known.map(({ long }) => `--${long}`),
        )
      : undefined;
    const list = known.length === 0 ? 'it takes none' : `it takes ${known.map(called).join(', ')}`;
    const advice = meant === undefined ? `${list}.` : `did you mean ${meant}?`;
    throw new CommandError(400, `${commandName(this.#entry)} has no option ${shown(typed)}; ${advice}`);
  }
}

const SHORT_ID = /^[0-9a-f]{8}$/;
