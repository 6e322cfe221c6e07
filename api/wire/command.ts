import { checkArguments } from './check-arguments.ts';
import { CommandError } from './command-error.ts';
import { commandsOf, VERBS } from './commands.ts';
import type { Verb } from './commands.ts';
import { either, findObject, findVerb, plural, singular, spoken } from './lookup.ts';
import { OBJECTS } from './objects.ts';
import type { ObjectName } from './objects.ts';
import { called } from './options.ts';
import type { OptionEntry, Options } from './options.ts';
import { readArguments } from './read-arguments.ts';
import { checkWords, quote, splitWords } from './words.ts';

export { CommandError } from './command-error.ts';
export type { Verb } from './commands.ts';
export type { Options } from './options.ts';

/** One line, understood. */
export interface Command {
  readonly verb: Verb;
  /** Absent for version and help. */
  readonly object?: ObjectName;
  /** Names or ids, without repetition, in the order typed. Of help: what is to be explained, as in `['add', 'cluster']`. */
  readonly names: readonly string[];
  readonly options: Options;
  /** The line as it is echoed: `qbo get nodes -A`. It means the same when it is parsed again. */
  readonly line: string;
}

/** A line, with or without the leading `qbo`. @throws CommandError */
export const parseCommand = (line: string): Command => parseWords(splitWords(line));

/** The words of a line, as a shell hands them over. @throws CommandError */
export function parseWords(typed: readonly string[]): Command {
  checkWords(typed);
  const [first, ...rest] = typed[0] === 'qbo' ? typed.slice(1) : typed;
  if (first === undefined || first === '') {
    throw new CommandError(400, 'There is no command; type one, such as qbo get nodes, or qbo help.');
  }
  if (first === '--help' || first === '-h') return help(rest);
  const verb = first === '--version' ? 'version' : findVerb(first);
  if (verb === 'help') return help(rest);
  return wantsHelp(rest) ? help([verb, ...rest]) : understand(verb, rest);
}

/** A command as a line that means it. */
export function formatCommand({ verb, object, names, options }: Omit<Command, 'line'>): string {
  const entry = commandsOf(verb).find((known) => known.object === object);
  const word = object === undefined ? [] : [spoken(verb, object)];
  return format([verb, ...word], names, options, entry?.options ?? []);
}

function understand(verb: Verb, rest: readonly string[]): Command {
  const entries = commandsOf(verb);
  const [single] = entries;
  if (single !== undefined && single.object === undefined) {
    return { verb, ...checkArguments(single, readArguments(single, rest)), line: `qbo ${verb}` };
  }
  const [word, ...after] = objectFirst(verb, rest);
  const object = findObject(verb, word);
  const entry = entries.find((known) => known.object === object);
  if (entry === undefined) throw new CommandError(400, `qbo ${verb} does not take ${plural(object)}.`);
  const { names, options } = checkArguments(entry, readArguments(entry, after));
  const echoed = word === singular(object) || word === plural(object) ? word : spoken(verb, object);
  return { verb, object, names, options, line: format([verb, echoed], names, options, entry.options) };
}

/** The object, and behind it all the other words. Options may stand before it. */
function objectFirst(verb: Verb, words: readonly string[]): readonly [object: string, ...others: string[]] {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) return [word, ...words.slice(0, index), ...words.slice(index + 1)];
    if (takesNextWord(verb, word)) index++;
  }
  const entries = commandsOf(verb).filter(({ isHidden }) => isHidden !== true);
  const objects = entries.flatMap(({ object }) => (object === undefined ? [] : [spoken(verb, object)]));
  const example = entries.find(({ examples }) => examples.length > 0)?.examples[0]?.[0];
  const advice = example === undefined ? '' : `; for example qbo ${example}`;
  throw new CommandError(400, `Say what to ${verb}: ${either(objects)}${advice}.`);
}

const takesNextWord = (verb: Verb, word: string): boolean =>
  commandsOf(verb).some(({ options }) =>
    options.some(
      ({ letter, long, value }) => value !== undefined && (word === `-${letter ?? '-'}` || word === `--${long}`),
    ),
  );

/** `--help` anywhere but among names asks for help instead. */
function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  return before.includes('--help') || before.includes('-h');
}

/** The first word is a command, or an object about which all commands are explained. */
function help(words: readonly string[]): Command {
  const [first, ...rest] = words.filter((word) => word !== '--help' && word !== '-h');
  const names = first === undefined ? [] : topic(first, rest);
  return { verb: 'help', names, options: {}, line: format(['help'], names, {}, []) };
}

function topic(first: string, rest: readonly string[]): readonly string[] {
  const isVerb = VERBS.some(({ words }) => words.some((word) => word === first));
  const object = OBJECTS.find(({ forms }) => forms.some((form) => form === first));
  if (!isVerb && object !== undefined) return [object.name];
  const verb = findVerb(first);
  const hasObject = commandsOf(verb).some((entry) => entry.object !== undefined);
  if (!hasObject || rest.every((word) => word.startsWith('-'))) return [verb];
  return [verb, findObject(verb, objectFirst(verb, rest)[0])];
}

function format(
  words: readonly string[],
  names: readonly string[],
  options: Options,
  known: readonly OptionEntry[],
): string {
  const given = known.flatMap((option) => {
    const value = options[option.key];
    if (value === undefined) return [];
    return option.value === undefined ? [called(option)] : [called(option), quote(String(value))];
  });
  return ['qbo', ...words, ...names.map(quote), ...given].join(' ');
}
