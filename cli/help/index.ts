/** `qbo help ...`: everything that it says about a command comes from the grammar's own table. */
import { COMMANDS, commandsOf, VERBS, type CommandEntry, type Verb } from '../../api/wire/commands.ts';
import { formsOf, spoken } from '../../api/wire/lookup.ts';
import { OBJECTS } from '../../api/wire/objects.ts';
import type { OptionEntry } from '../../api/wire/options.ts';
import { OWN_OPTIONS } from '../arguments.ts';
import { SHELLS } from '../completion/shells.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { painter } from '../output/style.ts';
import type { Terminal } from '../output/terminal.ts';
import { pairs, section, type Layout } from './layout.ts';

/** @param topic nothing, a verb, a verb and an object, or an object alone */
export function helpText(topic: readonly string[], terminal: Pick<Terminal, 'columns' | 'hasColour'>): string {
  const paint = painter(terminal.hasColour);
  const layout: Layout = { width: terminal.columns(), heading: (text) => paint('bold', text) };
  const [first, second] = topic;
  const entries = COMMANDS.filter(({ isHidden }) => isHidden !== true);
  const verb = VERBS.find((known) => known.verb === first);
  if (first === undefined) return overview(layout);
  if (verb === undefined) {
    const about = entries.filter(({ object }) => object === first);
    return about.length === 0 ? overview(layout) : aboutObject(layout, first, about);
  }
  const all = commandsOf(verb.verb);
  const [only] = all;
  const one =
    second === undefined ? (all.length === 1 ? only : undefined) : all.find(({ object }) => object === second);
  return one === undefined ? aboutVerb(layout, verb, entries) : aboutCommand(layout, one);
}

function overview(layout: Layout): string {
  const objects = OBJECTS.filter(({ name }) => COMMANDS.some(({ object, isHidden }) => object === name && !isHidden));
  return [
    'qbo makes Kubernetes clusters out of Docker containers, and shows what happens to them as it happens.\n',
    section(layout, 'Usage', ['qbo COMMAND [OBJECT] [NAME...] [OPTIONS]']),
    section(
      layout,
      'Commands',
      pairs(layout, [
        ...VERBS.filter(({ verb }) => commandsOf(verb).some(({ isHidden }) => isHidden !== true)).map(
          ({ verb, summary }): [string, string] => [verb, summary],
        ),
        ['completion', `Print the completion script of a shell: ${SHELLS.join(', ')}`],
      ]),
    ),
    section(
      layout,
      'Objects',
      pairs(
        layout,
        objects.map(({ forms: [one, many, ...short] }) => [one === many ? one : `${one}, ${many}`, short.join(', ')]),
      ),
    ),
    section(layout, 'Options', pairs(layout, ownOptions())),
    section(layout, 'Examples', [
      'qbo add cluster dev                        # make a cluster of three nodes',
      'qbo get nodes dev -w                       # watch them',
      'qbo get cluster dev -k -o raw > dev.conf   # a kubeconfig, for kubectl --kubeconfig dev.conf',
      "qbo get nodes -A | jq '.nodes[]?'          # JSON, a document a message",
    ]),
    section(layout, 'Configuration', pairs(layout, CONFIGURATION)),
    section(
      layout,
      'Exit codes',
      pairs(
        layout,
        EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
      ),
    ),
    '\nMore about a command: qbo help add cluster\n',
  ].join('');
}

const CONFIGURATION: readonly (readonly [string, string])[] = [
  ['QBO_HOST, QBO_PORT', 'where the bridge is'],
  ['QBO_UID, QBO_AUX', 'who you are: web token, or key and id of a service account'],
  ['QBO_SSL', '1 for wss, 0 for ws; ws on this machine and wss elsewhere when absent'],
  ['CLI_LOG', 'error, warn (when absent), notice, info or debug: what is told on standard error'],
  ['NO_COLOR', 'no colours'],
  ['~/.qbo/cli.json', 'the same, in a file: qbo_host, qbo_port, qbo_uid, qbo_aux, qbo_ssl'],
  ['~/.qbo/.cli.db', 'what `make up` wrote; used where nothing else says more'],
];

function aboutVerb(
  layout: Layout,
  { verb, summary }: { verb: Verb; summary: string },
  entries: readonly CommandEntry[],
): string {
  const own = entries.filter((entry) => entry.verb === verb);
  return [
    `${summary}.\n`,
    section(layout, 'Usage', [`qbo ${verb} OBJECT [NAME...] [OPTIONS]`]),
    section(
      layout,
      'Objects',
      pairs(
        layout,
        own.flatMap(({ object, summary: text }) => (object === undefined ? [] : [[spoken(verb, object), text]])),
      ),
    ),
    section(layout, 'Examples', examples(own)),
    `\nMore: qbo help ${verb} ${own[0]?.object ?? ''}`.trimEnd(),
    '\n',
  ].join('');
}

const aboutObject = (layout: Layout, object: string, entries: readonly CommandEntry[]): string =>
  [
    `What can be done with ${formsOf(entries[0]?.object ?? 'all')[1] ?? object}.\n`,
    section(
      layout,
      'Commands',
      pairs(
        layout,
        entries.map((entry) => [nameOf(entry), entry.summary]),
      ),
    ),
    section(layout, 'Examples', examples(entries)),
    `\nMore about a command: qbo help ${entries[0] === undefined ? object : `${entries[0].verb} ${object}`}\n`,
  ].join('');

function aboutCommand(layout: Layout, entry: CommandEntry): string {
  const options = entry.options.filter(({ isHidden }) => isHidden !== true);
  const short = entry.object === undefined ? [] : formsOf(entry.object).slice(2);
  return [
    `${entry.summary}.\n`,
    section(layout, 'Usage', [usage(entry, options)]),
    section(layout, 'Options', pairs(layout, [...options.map(optionLine), ...ownOptions()])),
    short.length === 0
      ? ''
      : section(layout, 'Short', [`${short.join(', ')} for ${spoken(entry.verb, entry.object ?? 'all')}`]),
    section(
      layout,
      'Examples',
      pairs(
        layout,
        entry.examples.map(([line, text]) => [`qbo ${line}`, text]),
      ),
    ),
  ].join('');
}

const nameOf = ({ verb, object }: CommandEntry): string =>
  object === undefined ? `qbo ${verb}` : `qbo ${verb} ${spoken(verb, object)}`;

function usage(entry: CommandEntry, options: readonly OptionEntry[]): string {
  const names =
    entry.names === undefined ? [] : [entry.names.isOptional ? `[${entry.names.label}...]` : `${entry.names.label}...`];
  const needed = options.filter(({ isRequired }) => isRequired === true).map((option) => termOf(option));
  if (entry.verb === 'help') names.push('[COMMAND] [OBJECT]');
  return [nameOf(entry), ...names, ...needed, '[OPTIONS]'].join(' ');
}

const termOf = ({ letter, long, value }: OptionEntry): string =>
  `${letter === undefined ? `--${long}` : `-${letter}`}${value === undefined ? '' : ` ${value.label}`}`;

const optionLine = ({ letter, long, value, text }: OptionEntry): [string, string] => [
  `${letter === undefined ? '    ' : `-${letter}, `}--${long}${value === undefined ? '' : ` ${value.label}`}`,
  text,
];

const ownOptions = (): [string, string][] =>
  OWN_OPTIONS.map((option) => [
    `${'letter' in option ? `-${option.letter}, ` : '    '}--${option.long}${'label' in option ? ` ${option.label}` : ''}`,
    option.text,
  ]);

const examples = (entries: readonly CommandEntry[]): string[] =>
  entries.flatMap(({ examples: [first] }) => (first === undefined ? [] : [`qbo ${first[0]}`]));
