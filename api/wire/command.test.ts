import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommandError, formatCommand, parseCommand, parseWords } from './command.ts';
import type { Command } from './command.ts';
import { COMMANDS, VERBS } from './commands.ts';
import type { CommandEntry, NamesEntry } from './commands.ts';
import { OBJECTS } from './objects.ts';
import type { OptionEntry } from './options.ts';

/** [line, what it is echoed as, the rest] */
const understood: readonly (readonly [line: string, echo: string, rest: Partial<Command>])[] = [
  ['version', 'qbo version', { verb: 'version', names: [] }],
  ['get nodes -A', 'qbo get nodes -A', { verb: 'get', object: 'node', options: { all: true } }],
  ['get nodes --all', 'qbo get nodes -A', { options: { all: true } }],
  ['get nodes dev prod', 'qbo get nodes dev prod', { names: ['dev', 'prod'] }],
  ['get net dev prod', 'qbo get networks dev prod', { object: 'network' }],
  ['get svc -A', 'qbo get services -A', { object: 'service' }],
  ['get po', 'qbo get pods', { object: 'pod' }],
  ['get insta -A', 'qbo get instances -A', { object: 'instance' }],
  ['get cluster alex -k', 'qbo get cluster alex -k', { object: 'cluster', options: { kubeconfig: true } }],
  ['get cluster -k alex', 'qbo get cluster alex -k', { names: ['alex'], options: { kubeconfig: true } }],
  ['add node -n3 alex', 'qbo add node alex -n 3', { names: ['alex'], options: { nodes: 3 } }],
  ['add node -n 3 alex', 'qbo add node alex -n 3', { options: { nodes: 3 } }],
  ['add node alex --nodes=3', 'qbo add node alex -n 3', { options: { nodes: 3 } }],
  ['add -n 3 node alex', 'qbo add node alex -n 3', { options: { nodes: 3 } }],
  ['get -A nodes', 'qbo get nodes -A', { options: { all: true } }],
  ['get nodes -Aw', 'qbo get nodes -A -w', { options: { all: true, watch: true } }],
  ['get nodes -w 43706dd0', 'qbo get nodes 43706dd0 -w', { names: ['43706dd0'], options: { watch: true } }],
  ['get nodes -w43706dd0', 'qbo get nodes 43706dd0 -w', { names: ['43706dd0'], options: { watch: true } }],
  ['get nodes --watch=43706dd0', 'qbo get nodes 43706dd0 -w', { names: ['43706dd0'], options: { watch: true } }],
  ['del cl dev', 'qbo delete cluster dev', { verb: 'delete', object: 'cluster' }],
  ['stop no 98650026', 'qbo stop node 98650026', { object: 'node', names: ['98650026'] }],
  ['stop node dev dev', 'qbo stop node dev', { names: ['dev'] }],
  ['add user alex@qbo.io --admin', 'qbo add user alex@qbo.io --admin', { options: { admin: true } }],
  ['add user a_x@qbo.io', 'qbo add user a_x@qbo.io', { names: ['a_x@qbo.io'] }],
  ['add cluster kubeflow_v1_9_0', 'qbo add cluster kubeflow-v1-9-0', { names: ['kubeflow-v1-9-0'] }],
  ['get user -l', 'qbo get user -l', { options: { local: true } }],
  ['resize shell -c 175 -r 26', 'qbo resize shell -c 175 -r 26', { options: { columns: 175, rows: 26 } }],
  [
    'add network 192.168.1.20-192.168.1.29 2001:db8::/120',
    'qbo add network 192.168.1.20-192.168.1.29 2001:db8::/120',
    { object: 'network' },
  ],
  ['add network 192.168.1.220 54.239.98.0/24', 'qbo add network 192.168.1.220 54.239.98.0/24', { object: 'network' }],
  ['scale cluster dev -n5 --no-wait', 'qbo scale cluster dev -n 5 --no-wait', { options: { nodes: 5, noWait: true } }],
  ['qbo get nodes', 'qbo get nodes', { verb: 'get' }],
  ['get nodes -- dev', 'qbo get nodes dev', { names: ['dev'] }],
  [`get nodes 'dev'`, 'qbo get nodes dev', { names: ['dev'] }],
  ['?', 'qbo help', { verb: 'help', names: [] }],
  ['--help', 'qbo help', { verb: 'help', names: [] }],
  ['help add clus', 'qbo help add cluster', { verb: 'help', names: ['add', 'cluster'] }],
  ['help nodes', 'qbo help node', { verb: 'help', names: ['node'] }],
  ['add cluster dev -n 3 --help', 'qbo help add cluster', { verb: 'help', names: ['add', 'cluster'] }],
  ['get -h', 'qbo help get', { verb: 'help', names: ['get'] }],
  ['--version', 'qbo version', { verb: 'version' }],
];

test.each(understood)('%j is understood as %j', (line, echo, rest) => {
  const command = parseCommand(line);
  expect(command.line).toBe(echo);
  expect(command).toMatchObject(rest);
});

/** [line, code, sentence] */
const refused: readonly (readonly [line: string, code: number, sentence: string])[] = [
  ['', 400, 'There is no command; type one, such as qbo get nodes, or qbo help.'],
  ['gte nodes', 400, 'There is no command gte; did you mean qbo get?'],
  ['create cluster dev', 400, 'There is no command create; did you mean qbo add?'],
  ['svc', 400, 'There is no command svc; did you mean qbo get services?'],
  ['frobnicate', 400, 'There is no command frobnicate; qbo help lists what there is.'],
  ['get clutsers', 400, 'There is no object clutsers; did you mean qbo get clusters?'],
  ['get n', 400, 'n is the beginning of more than one object; type nodes or networks.'],
  ['add pod x', 400, 'qbo add does not take pods; it takes cluster, node, instance, user or network.'],
  ['delete', 400, 'Say what to delete: cluster, node, user or network; for example qbo delete cluster dev prod.'],
  ['delete cluster', 400, 'qbo delete cluster needs CLUSTER, or -A for all, for example qbo delete cluster dev prod.'],
  ['delete cluster dev -A', 400, 'Either name what to delete or say -A for all; both together is unclear.'],
  ['delete node -A', 400, 'qbo delete node has no option -A; it takes --no-wait.'],
  ['add cluster dev -n', 400, 'Option -n needs a value; type -n NUMBER.'],
  ['add cluster dev -n 0', 422, 'Option -n takes a whole number from 1 to 101; 0 is none.'],
  ['add cluster dev -n -3', 422, 'Option -n takes a whole number from 1 to 101; -3 is none.'],
  ['add cluster dev -n 1e1', 422, 'Option -n takes a whole number from 1 to 101; 1e1 is none.'],
  ['add cluster dev -n 3 -n 3', 400, 'Option -n is given twice; leave one out.'],
  ['get nodes --al', 400, 'qbo get nodes has no option --al; did you mean --all?'],
  ['get nodes --all=yes', 400, 'Option --all takes no value; leave =yes out.'],
  ['get cluster -k', 400, 'Option -k needs a name, or -A for all; type qbo get clusters NAME -k.'],
  ['get cluster dev -kw', 400, 'Options -k and -w can not be given together; leave one out.'],
  ['get user alex -l', 400, 'Option -l takes no names; type qbo get users -l alone.'],
  ['scale cluster dev', 400, 'qbo scale cluster needs -n NUMBER, for example qbo scale cluster dev -n 5.'],
  ['version now', 400, 'qbo version takes no names; leave now out.'],
  ['get nodes "dev', 400, 'A " is not closed; add one, or take the first away.'],
  ['get nodes dev\u001b[2J', 400, 'The command has a control character or an invisible one; type it without.'],
];

test.each(refused)('%j is refused with %i: %s', (line, code, sentence) => {
  expect(() => parseCommand(line)).toThrow(expect.objectContaining({ code, message: sentence }));
});

test('a name that can not be is quoted short', () => {
  const error = caught(() => parseCommand(`add cluster ${'Ab'.repeat(500)}`));
  expect(error.code).toBe(422);
  expect(error.message).toMatch(/AbA\.\.\. is none\.$/);
  expect(error.message.length).toBeLessThan(240);
});

test('more names than one command takes are refused', () => {
  const names = Array.from({ length: 65 }, (_, index) => `n${index}`);
  expect(caught(() => parseCommand(`get nodes ${names.join(' ')}`)).message).toContain('at most 64 names');
});

function caught(act: () => unknown): CommandError {
  try {
    act();
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const NAMES: Readonly<Record<NamesEntry['kind'], fc.Arbitrary<string>>> = {
  newName: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/),
  reference: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.-]{0,12}$/),
  account: fc.stringMatching(/^[a-z0-9][a-z0-9._%+-]{0,8}@[a-z0-9.-]{1,8}$/),
  addresses: fc.ipV4(),
  image: fc.stringMatching(/^[a-z0-9][a-z0-9._:/@-]{0,20}$/),
  domain: fc.stringMatching(/^[a-z0-9]{1,5}(\.[a-z0-9]{1,5})?$/),
};

function valueOf({ value }: OptionEntry): fc.Arbitrary<string | number | true> {
  if (value === undefined) return fc.constant(true as const);
  return 'range' in value ? fc.integer({ min: value.range.least, max: value.range.most }) : NAMES[value.kind];
}

const choice = (entry: CommandEntry): fc.Arbitrary<Omit<Command, 'line'>> =>
  fc
    .record({
      names: entry.names === undefined ? fc.constant([]) : fc.uniqueArray(NAMES[entry.names.kind], { maxLength: 4 }),
      given: fc.subarray([...entry.options]),
    })
    .chain(({ names, given }) =>
      fc.tuple(...given.map((option) => valueOf(option))).map((values) => ({
        verb: entry.verb,
        ...(entry.object === undefined ? {} : { object: entry.object }),
        names,
        options: Object.fromEntries(given.map(({ key }, index) => [key, values[index]])),
      })),
    );

/** Commands that keep what the table says: the parser is asked, the grammar has only one author. */
const command = fc
  .constantFrom(...COMMANDS.filter(({ verb }) => verb !== 'help'))
  .chain((entry) => choice(entry).filter((chosen) => keeps(entry, chosen)));

function keeps(entry: CommandEntry, { names, options }: Omit<Command, 'line'>): boolean {
  const given = entry.options.filter(({ key }) => key in options);
  const isSaid = names.length > 0 || options.all === true;
  return (
    (names.length === 0 || options.all !== true) &&
    (isSaid || entry.names === undefined || entry.names.isOptional === true) &&
    entry.options.every(({ isRequired, key }) => isRequired !== true || key in options) &&
    given.every(
      ({ needsNames, takesNoNames }) => (needsNames !== true || isSaid) && (takesNoNames !== true || !isSaid),
    ) &&
    given.every(({ excludes = [] }) => !given.some(({ long }) => excludes.includes(long)))
  );
}

describe('for every command', () => {
  test('what is printed means what was printed', () => {
    fc.assert(
      fc.property(command, (chosen) => {
        const line = formatCommand(chosen);
        expect(parseCommand(line)).toEqual({ ...chosen, line });
      }),
      { numRuns: 500 },
    );
  });

  test('an echo is echoed as itself, whatever forms and order were typed', () => {
    fc.assert(
      fc.property(command, fc.infiniteStream(fc.nat()), (chosen, numbers) => {
        const first = parseCommand(typed(chosen, numbers));
        expect({ ...first, line: '' }).toEqual({ ...chosen, line: '' });
        expect(parseCommand(first.line)).toEqual(first);
        expect(parseWords(first.line.split(' ').slice(1))).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });
});

/** The command as somebody might type it: another form of the object, options anywhere, in any of their forms. */
function typed({ verb, object, names, options }: Omit<Command, 'line'>, numbers: Iterator<number>): string {
  const pick = <T>(from: readonly T[]): T => from[(numbers.next().value as number) % from.length]!;
  const entry = COMMANDS.find((known) => known.verb === verb && known.object === object)!;
  const words: string[][] = names.map((name) => [name]);
  for (const option of entry.options) {
    const value = options[option.key];
    if (value === undefined) continue;
    const text = String(value);
    const long = `--${option.long}`;
    const short = `-${option.letter ?? ''}`;
    const bare = option.letter === undefined ? [[long]] : [[long], [short]];
    const valued = [
      [`${long}=${text}`],
      [long, text],
      ...(option.letter === undefined ? [] : [[short, text], [`${short}${text}`]]),
    ];
    const at = pick([...words.keys(), words.length]);
    words.splice(at, 0, pick(option.value === undefined ? bare : valued));
  }
  const forms = OBJECTS.find(({ name }) => name === object)?.forms ?? [];
  const verbWord = pick(VERBS.find((known) => known.verb === verb)!.words);
  const objectWord = forms.length === 0 ? [] : [pick<string>(forms)];
  return [verbWord, ...objectWord, ...words.flat()].join(pick([' ', '  ', '\t']));
}

describe('whatever is typed', () => {
  const vocabulary = [
    ...VERBS.flatMap(({ words }) => words),
    ...OBJECTS.flatMap(({ forms }) => forms),
    ...COMMANDS.flatMap(({ options }) => options.flatMap(({ letter = 'z', long }) => [`-${letter}`, `--${long}`])),
    ...[
      '--',
      '-',
      '-h',
      '--help',
      '=',
      "'",
      '"',
      '\\',
      '-n3',
      '-n',
      '0',
      '99999999999',
      '1.5',
      'dev',
      '98650026',
      '\u0000',
    ],
    ...['kindest/node:v1.27.3', 'a_b', 'constructor', '__proto__', 'toString', '💥', '-💥', '\u202e', '10.0.0.0/33'],
  ];
  const grammatical = fc
    .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...vocabulary) }, { weight: 1, arbitrary: fc.string() }), {
      maxLength: 9,
    })
    .map((words) => words.join(' '));
  const nearlyRight = fc
    .tuple(command, fc.nat(), fc.nat(2), fc.subarray(vocabulary, { maxLength: 2 }))
    .map(([chosen, at, gone, put]) => {
      const words = formatCommand(chosen).split(' ');
      words.splice(at % (words.length + 1), gone, ...put);
      return words.join(' ');
    });
  const raw = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const text = fc.string({ unit: 'binary', maxLength: 200 });

  test('it is understood, or refused with one harmless sentence', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: nearlyRight }, grammatical, raw, text), (line) => {
        let result: Command | undefined;
        try {
          result = parseCommand(line);
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
          const { message } = error as CommandError;
          expect(message).toMatch(/[.?]$/);
          expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          expect(message.length).toBeLessThan(400);
        }
        if (result !== undefined) expect(parseCommand(result.line)).toEqual(result);
      }),
      { numRuns: 20_000 },
    );
  });
});
