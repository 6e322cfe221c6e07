import { COMMANDS, commandsOf, VERBS } from './commands.ts';
import type { CommandEntry, Verb } from './commands.ts';
import { commandName, formsOf, plural, singular } from './lookup.ts';
import { OBJECTS } from './objects.ts';
import type { ObjectName } from './objects.ts';
import type { OptionEntry } from './options.ts';

/** An option of the command line itself, which the bridge never sees. */
export interface OptionText {
  readonly letter?: string;
  readonly long: string;
  /** What its value is called; absent for one without. */
  readonly label?: string;
  /** One line, without a capital or a full stop. */
  readonly text: string;
}

const HELP: OptionText = { letter: 'h', long: 'help', text: 'explain the command instead' };

/**
 * What `qbo help` says, of about eighty columns, ending with a newline.
 * @param topic the names of a help command: nothing, a verb, a verb and an object, or an object
 * @param more options that a client adds to every command
 */
export function helpText(topic: readonly string[], more: readonly OptionText[] = []): string {
  const [first, second] = topic;
  const verb = VERBS.find((known) => known.verb === first)?.verb;
  const entry = COMMANDS.find((known) => known.verb === first && known.object === (second as ObjectName | undefined));
  const object = OBJECTS.find(({ name }) => name === first)?.name;
  if (entry !== undefined && entry.verb !== 'help') return page(commandSections(entry, more));
  if (verb !== undefined && verb !== 'help') return page(verbSections(verb, more));
  if (object !== undefined) return page(objectSections(object));
  return page(overview(more));
}

interface Section {
  readonly title?: string;
  readonly lines: readonly string[];
}

const overview = (more: readonly OptionText[]): readonly Section[] => [
  { lines: ['qbo makes Kubernetes clusters of Docker containers, and shows them as they change.'] },
  { title: 'Usage', lines: ['qbo COMMAND [OBJECT] [NAME...] [OPTIONS]'] },
  {
    title: 'Commands',
    lines: table(
      VERBS.filter(({ verb }) => visible(commandsOf(verb)).length > 0).map(({ words, summary }) => [
        words.join(', '),
        summary,
      ]),
    ),
  },
  {
    title: 'Objects',
    lines: table(visibleObjects().map(({ name, forms }) => [[...new Set(forms)].join(', '), verbsOf(name).join(', ')])),
  },
  {
    title: 'Examples',
    lines: examples([
      ['add cluster dev -n 3', 'Make a cluster of three nodes'],
      ['get nodes dev -w', 'Watch its nodes'],
      ['get cluster dev -k', 'Show a kubeconfig'],
      ['scale cluster dev -n 5', 'Give it two more workers'],
      ['delete cluster dev', 'Delete it'],
    ]),
  },
  { title: 'Options', lines: optionLines([], more) },
  {
    lines: [
      'An object may be shortened to any beginning that only it has, and a node or a cluster',
      'be named by the first eight digits of its id. Type "qbo help COMMAND [OBJECT]" for more.',
    ],
  },
];

function commandSections(entry: CommandEntry, more: readonly OptionText[]): readonly Section[] {
  const forms = entry.object === undefined ? [] : [...new Set(formsOf(entry.object))];
  return [
    { lines: [`${entry.summary}.`] },
    { title: 'Usage', lines: [usage(entry)] },
    ...(forms.length > 1 ? [{ title: 'Object', lines: [forms.join(', ')] }] : []),
    ...(entry.examples.length === 0 ? [] : [{ title: 'Examples', lines: examples(entry.examples) }]),
    { title: 'Options', lines: optionLines(entry.options, more) },
  ];
}

const verbSections = (verb: Verb, more: readonly OptionText[]): readonly Section[] => {
  const entries = visible(commandsOf(verb));
  return [
    { lines: [`${VERBS.find((known) => known.verb === verb)?.summary ?? verb}.`] },
    { title: 'Usage', lines: entries.map(usage) },
    { title: 'Examples', lines: examples(entries.flatMap((entry) => entry.examples.slice(0, 2))) },
    { title: 'Options', lines: optionLines([], more) },
    { lines: [`Type "qbo help ${verb} OBJECT" for the options of one.`] },
  ];
};

const objectSections = (object: ObjectName): readonly Section[] => [
  { lines: [`What can be done with ${plural(object)} (${[...new Set(formsOf(object))].join(', ')}).`] },
  {
    title: 'Commands',
    lines: table(
      COMMANDS.filter((entry) => entry.object === object).map((entry) => [commandName(entry), entry.summary]),
    ),
  },
  { lines: [`Type "qbo help COMMAND ${singular(object)}" for more.`] },
];

const visible = (entries: readonly CommandEntry[]): readonly CommandEntry[] =>
  entries.filter(({ isHidden }) => isHidden !== true);

const verbsOf = (object: ObjectName): readonly Verb[] =>
  visible(COMMANDS).flatMap((entry) => (entry.object === object ? [entry.verb] : []));

const visibleObjects = (): readonly (typeof OBJECTS)[number][] =>
  OBJECTS.filter(({ name }) => verbsOf(name).length > 0);

/** `qbo add cluster NAME... [-i IMAGE]`, and the same with -A where that stands for names. */
export function usage(entry: CommandEntry): string {
  const { names } = entry;
  const shown = entry.options.filter(({ key, isHidden }) => key !== 'all' && isHidden !== true);
  const options = shown.map((option) => (option.isRequired === true ? written(option) : `[${written(option)}]`));
  const takesAll = entry.options.some(({ key }) => key === 'all');
  const named = names === undefined ? [] : [`${names.label}...`];
  const what = takesAll ? [`[${[...named, '-A'].join(' | ')}]`] : named;
  const isNeeded = takesAll && names !== undefined && names.isOptional !== true;
  return [commandName(entry), ...(isNeeded ? [`{${names.label}... | -A}`] : what), ...options].join(' ');
}

const written = ({ letter, long, value }: OptionEntry): string =>
  [letter === undefined ? `--${long}` : `-${letter}`, ...(value === undefined ? [] : [value.label])].join(' ');

function optionLines(own: readonly OptionEntry[], more: readonly OptionText[]): readonly string[] {
  const texts: readonly OptionText[] = own
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ letter, long, value, text }) => ({
      long,
      text,
      ...(letter === undefined ? {} : { letter }),
      ...(value === undefined ? {} : { label: value.label }),
    }));
  return table(
    [...texts, ...more, HELP].map(({ letter, long, label, text }) => [
      `${letter === undefined ? '    ' : `-${letter}, `}--${long}${label === undefined ? '' : ` ${label}`}`,
      text,
    ]),
  );
}

const examples = (lines: CommandEntry['examples']): readonly string[] =>
  table(lines.map(([line, text]) => [`qbo ${line}`, text]));

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}   ${right}`);
}

const page = (sections: readonly Section[]): string =>
  `${sections
    .map(({ title, lines }) =>
      title === undefined ? lines.join('\n') : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n'),
    )
    .join('\n\n')}\n`;
