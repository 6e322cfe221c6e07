/** What may stand where the cursor is. Pure: names of objects are asked for through a function. */
import { commandsOf, VERBS, type CommandEntry, type Verb } from '../../api/wire/commands.ts';
import { spoken } from '../../api/wire/lookup.ts';
import { OBJECTS, type ObjectName } from '../../api/wire/objects.ts';
import type { OptionEntry } from '../../api/wire/options.ts';
import { OWN_OPTIONS } from '../arguments.ts';
import { FORMATS } from '../output/choose.ts';
import { SHELLS } from './shells.ts';

export interface Candidate {
  readonly word: string;
  /** What it is, in a few words; may be empty. */
  readonly text: string;
}

/** Names that the bridge has of objects of a kind; none when it does not answer. */
export type LiveNames = (object: ObjectName) => Promise<readonly Candidate[]>;

/** @param words those after `qbo`, the last being what is typed right now, perhaps empty */
export async function candidatesFor(words: readonly string[], names: LiveNames): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? '';
  const all = await possible(words.slice(0, -1), current, names);
  return all.filter(({ word }) => word.startsWith(current));
}

async function possible(before: readonly string[], current: string, names: LiveNames): Promise<readonly Candidate[]> {
  const [first, ...rest] = before;
  if (first === undefined) return verbs();
  if (first === 'completion') return rest.length === 0 ? SHELLS.map((word) => ({ word, text: '' })) : [];
  const verb = VERBS.find(({ words }) => words.some((word) => word === first))?.verb;
  if (verb === undefined) return [];
  if (verb === 'help') return helpTopics(rest);
  const last = before.at(-1) ?? '';
  if (last === '-o' || last === '--output') return FORMATS.map((word) => ({ word, text: '' }));
  const entry = entryOf(verb, rest);
  if (entry === undefined) return current.startsWith('-') ? ownOptions() : objects(verb);
  return withinCommand(entry, rest, current, names);
}

const verbs = (): readonly Candidate[] => [
  ...VERBS.filter(({ verb }) => commandsOf(verb).some(isShown)).map(({ verb, summary }) => ({
    word: verb,
    text: summary,
  })),
  { word: 'completion', text: 'Print the completion script of a shell' },
];

const isShown = ({ isHidden }: { isHidden?: true }): boolean => isHidden !== true;

const objects = (verb: Verb): readonly Candidate[] =>
  commandsOf(verb)
    .filter(isShown)
    .flatMap(({ object, summary }) => (object === undefined ? [] : [{ word: spoken(verb, object), text: summary }]));

function helpTopics([verb, ...rest]: readonly string[]): readonly Candidate[] {
  if (verb === undefined) return verbs();
  const known = VERBS.find((one) => one.verb === verb);
  return known === undefined || rest.length > 0 ? [] : objects(known.verb);
}

/** The command whose object was typed, in any of its forms; of `version`, which has none, itself. */
function entryOf(verb: Verb, rest: readonly string[]): CommandEntry | undefined {
  const entries = commandsOf(verb);
  const typed = OBJECTS.find(({ forms }) => forms.some((form) => form === rest[0]))?.name;
  return entries.find(({ object }) => object === undefined || object === typed);
}

async function withinCommand(
  entry: CommandEntry,
  rest: readonly string[],
  current: string,
  names: LiveNames,
): Promise<readonly Candidate[]> {
  const waiting = entry.options.find((option) => option.value !== undefined && isCalled(option, rest.at(-1) ?? ''));
  if (waiting !== undefined) return waiting.key === 'image' ? names('image') : [];
  if (current.startsWith('-')) return [...options(entry, rest), ...ownOptions()];
  if (entry.names?.of === undefined) return [];
  return (await names(entry.names.of)).filter(({ word }) => !rest.includes(word));
}

const isCalled = ({ letter, long }: OptionEntry, word: string): boolean =>
  word === `-${letter ?? '-'}` || word === `--${long}`;

/** Those that were not given yet. */
const options = (entry: CommandEntry, rest: readonly string[]): readonly Candidate[] =>
  entry.options
    .filter((option) => isShown(option) && !rest.some((word) => isCalled(option, word)))
    .flatMap(({ letter, long, text }) => [
      ...(letter === undefined ? [] : [{ word: `-${letter}`, text }]),
      { word: `--${long}`, text },
    ]);

const ownOptions = (): readonly Candidate[] =>
  [...OWN_OPTIONS, { letter: 'h', long: 'help', text: 'explain the command instead' }].flatMap((option) => [
    ...('letter' in option ? [{ word: `-${option.letter}`, text: option.text }] : []),
    { word: `--${option.long}`, text: option.text },
  ]);
