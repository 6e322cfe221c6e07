import { CommandError } from './command-error.ts';
import { commandsOf, VERBS } from './commands.ts';
import type { CommandEntry, Verb } from './commands.ts';
import { commandName, either, findObject, findVerb, plural, singular, spoken } from './lookup.ts';
import { OBJECTS } from './objects.ts';
import type { ObjectName } from './objects.ts';
import { called } from './options.ts';
import type { OptionEntry, Options } from './options.ts';
import { readArguments } from './read-options.ts';
import type { Arguments } from './read-options.ts';
import { shown } from './shown.ts';
import { checkValue } from './values.ts';
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

const MOST_NAMES = 64;

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
    return { verb, ...checked(single, readArguments(single, rest)), line: `qbo ${verb}` };
  }
  const [word, ...after] = objectFirst(verb, rest);
  const object = findObject(verb, word);
  const entry = entries.find((known) => known.object === object);
  if (entry === undefined) throw new CommandError(400, `qbo ${verb} does not take ${plural(object)}.`);
  const { names, options } = checked(entry, readArguments(entry, after));
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

function checked(entry: CommandEntry, { names: typed, options }: Arguments): Arguments {
  const names = [...new Set(foldsUnderscores(entry) ? typed.map((name) => name.replaceAll('_', '-')) : typed)];
  checkNames(entry, names);
  if (options.all === true && names.length > 0) {
    throw new CommandError(400, `Either name what to ${entry.verb} or say -A for all; both together is unclear.`);
  }
  const isSaid = names.length > 0 || options.all === true;
  for (const option of entry.options) checkOption(entry, option, options, isSaid);
  if (entry.names !== undefined && entry.names.isOptional !== true && !isSaid) throw nameless(entry, entry.names.label);
  return { names, options };
}

/**
 * QBO's clusters may have `_` in their names, which no object of Kubernetes may. It is read as `-` wherever the name of
 * such an object is meant, so that scripts made for QBO work.
 */
const foldsUnderscores = ({ names }: CommandEntry): boolean => names?.kind === 'newName' || names?.kind === 'reference';

function checkNames(entry: CommandEntry, names: readonly string[]): void {
  const [superfluous] = names;
  if (entry.names === undefined) {
    if (superfluous === undefined) return;
    throw new CommandError(400, `${commandName(entry)} takes no names; leave ${shown(superfluous)} out.`);
  }
  if (names.length > MOST_NAMES) {
    throw new CommandError(400, `${commandName(entry)} takes at most ${MOST_NAMES} names; say it in several commands.`);
  }
  for (const name of names) checkValue(entry.names.kind, name, commandName(entry));
}

/** @param isSaid whether names, or all, were asked for */
function checkOption(entry: CommandEntry, option: OptionEntry, options: Options, isSaid: boolean): void {
  const name = called(option);
  if (options[option.key] === undefined) {
    if (option.isRequired !== true) return;
    const { label = '' } = option.value ?? {};
    throw new CommandError(400, `${commandName(entry)} needs ${name} ${label}${example(entry)}.`);
  }
  const other = entry.options.find(({ key, long }) => option.excludes?.includes(long) === true && key in options);
  if (other !== undefined) {
    throw new CommandError(400, `Options ${name} and ${called(other)} can not be given together; leave one out.`);
  }
  if (option.needsNames === true && !isSaid) {
    throw new CommandError(400, `Option ${name} needs a name, or -A for all; type ${commandName(entry)} NAME ${name}.`);
  }
  if (option.takesNoNames === true && isSaid) {
    throw new CommandError(400, `Option ${name} takes no names; type ${commandName(entry)} ${name} alone.`);
  }
}

function nameless(entry: CommandEntry, label: string): CommandError {
  const all = entry.options.some(({ key }) => key === 'all') ? ', or -A for all' : '';
  return new CommandError(400, `${commandName(entry)} needs ${label}${all}${example(entry)}.`);
}

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

function checked(entry: CommandEntry, { names: typed, options }: Arguments): Arguments {
  const names = [...new Set(foldsUnderscores(entry) ? typed.map((name) => name.replaceAll('_', '-')) : typed)];
  checkNames(entry, names);
  if (options.all === true && names.length > 0) {
    throw new CommandError(400, `Either name what to ${entry.verb} or say -A for all; both together is unclear.`);
  }
  const isSaid = names.length > 0 || options.all === true;
  for (const option of entry.options) checkOption(entry, option, options, isSaid);
  if (entry.names !== undefined && entry.names.isOptional !== true && !isSaid) throw nameless(entry, entry.names.label);
  return { names, options };
}

/**
 * QBO's clusters may have `_` in their names, which no object of Kubernetes may. It is read as `-` wherever the name of
 * such an object is meant, so that scripts made for QBO work.
 */
const foldsUnderscores = ({ names }: CommandEntry): boolean => names?.kind === 'newName' || names?.kind === 'reference';

function checkNames(entry: CommandEntry, names: readonly string[]): void {
  const [superfluous] = names;
  if (entry.names === undefined) {
    if (superfluous === undefined) return;
    throw new CommandError(400, `${commandName(entry)} takes no names; leave ${shown(superfluous)} out.`);
  }
  if (names.length > MOST_NAMES) {
    throw new CommandError(400, `${commandName(entry)} takes at most ${MOST_NAMES} names; say it in several commands.`);
  }
  for (const name of names) checkValue(entry.names.kind, name, commandName(entry));
}

/** @param isSaid whether names, or all, were asked for */
function checkOption(entry: CommandEntry, option: OptionEntry, options: Options, isSaid: boolean): void {
  const name = called(option);
  if (options[option.key] === undefined) {
    if (option.isRequired !== true) return;
    const { label = '' } = option.value ?? {};
    throw new CommandError(400, `${commandName(entry)} needs ${name} ${label}${example(entry)}.`);
  }
  const other = entry.options.find(({ key, long }) => option.excludes?.includes(long) === true && key in options);
  if (other !== undefined) {
    throw new CommandError(400, `Options ${name} and ${called(other)} can not be given together; leave one out.`);
  }
  if (option.needsNames === true && !isSaid) {
    throw new CommandError(400, `Option ${name} needs a name, or -A for all; type ${commandName(entry)} NAME ${name}.`);
  }
  if (option.takesNoNames === true && isSaid) {
    throw new CommandError(400, `Option ${name} takes no names; type ${commandName(entry)} ${name} alone.`);
  }
}

function nameless(entry: CommandEntry, label: string): CommandError {
  const all = entry.options.some(({ key }) => key === 'all') ? ', or -A for all' : '';
  return new CommandError(
    400,
    `${commandName(entry)} needs a name; type ${commandName(entry)} ${label}${all}${example(entry)}.`,
  );
}

const example = ({ examples: [first] }: CommandEntry): string =>
  first === undefined ? '' : `, for example qbo ${first[0]}`;

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
