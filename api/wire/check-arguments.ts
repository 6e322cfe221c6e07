import { CommandError } from './command-error.ts';
import type { CommandEntry } from './commands.ts';
import { commandName } from './lookup.ts';
import { called } from './options.ts';
import type { OptionEntry, Options } from './options.ts';
import type { Arguments } from './read-arguments.ts';
import { shown } from './shown.ts';
import { checkValue } from './values.ts';

const MOST_NAMES = 64;

/** What the table says of a command holds for what was typed. @throws CommandError */
export function checkArguments(entry: CommandEntry, { names: typed, options }: Arguments): Arguments {
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

const example = ({ examples: [first] }: CommandEntry): string =>
  first === undefined ? '' : `, for example qbo ${first[0]}`;
