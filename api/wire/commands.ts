import type { ObjectName } from './objects.ts';
import * as option from './options.ts';
import type { OptionEntry } from './options.ts';
import type { ValueKind } from './values.ts';

/** What comes after the object. */
export interface NamesEntry {
  /** As help writes it: `CLUSTER`. */
  readonly label: string;
  readonly kind: ValueKind;
  /** Whether none may be given: then all in the caller's own namespace are meant, or with -A all that they may see. */
  readonly isOptional?: true;
  /** Whose names completion offers; absent where a new name is wanted. */
  readonly of?: ObjectName;
}

/** One command: the parser, help, completion and the AsyncAPI document all read this. */
export interface CommandEntry {
  readonly verb: Verb;
  readonly object?: ObjectName;
  /** One line for help; begins with a capital, has no full stop. */
  readonly summary: string;
  readonly names?: NamesEntry;
  readonly options: readonly OptionEntry[];
  /** It is understood, but what it is about does not exist yet: help and completion are silent about it. */
  readonly isHidden?: true;
  /** Lines without the leading `qbo`, and what they do. */
  readonly examples: readonly (readonly [line: string, text: string])[];
}

export const VERBS = [
  { verb: 'get', words: ['get'], summary: 'List objects, or watch them change' },
  { verb: 'add', words: ['add'], summary: 'Make clusters, nodes and users, and give addresses' },
  { verb: 'delete', words: ['delete', 'del'], summary: 'Delete objects and all that they hold' },
  { verb: 'start', words: ['start'], summary: 'Start what is stopped' },
  { verb: 'stop', words: ['stop'], summary: 'Stop containers; data and addresses stay' },
  { verb: 'pause', words: ['pause'], summary: 'Freeze containers in memory; they use no CPU' },
  { verb: 'resume', words: ['resume'], summary: 'Go on with what is paused' },
  { verb: 'scale', words: ['scale'], summary: 'Change how many nodes a cluster has' },
  { verb: 'resize', words: ['resize'], summary: 'Tell a terminal its size' },
  { verb: 'version', words: ['version'], summary: 'Show versions' },
  { verb: 'help', words: ['help', '?'], summary: 'Explain a command' },
] as const satisfies readonly { verb: string; words: readonly string[]; summary: string }[];

export type Verb = (typeof VERBS)[number]['verb'];

const named = (label: string, of: ObjectName): NamesEntry => ({ label, kind: 'reference', of });
const ofCluster: NamesEntry = named('CLUSTER', 'cluster');
const ofNode: NamesEntry = named('NODE', 'node');
const ofInstance: NamesEntry = named('INSTANCE', 'instance');
const ofUser: NamesEntry = { label: 'USER', kind: 'account', of: 'user' };
const optional = (names: NamesEntry): NamesEntry => ({ ...names, isOptional: true });

type Example = CommandEntry['examples'][number];

const listed = (object: ObjectName, summary: string, ...examples: readonly Example[]): CommandEntry => ({
  verb: 'get',
  object,
  summary,
  names: optional(ofCluster),
  options: [option.ALL, option.WATCH],
  examples,
});

/** `does` begins every sentence about the verb. */
function power(verb: 'start' | 'stop' | 'pause' | 'resume', does: string): readonly CommandEntry[] {
  const options = [option.ALL, option.NO_WAIT];
  return [
    {
      verb,
      object: 'cluster',
      summary: `${does} all nodes of clusters`,
      names: ofCluster,
      options,
      examples: [
        [`${verb} cluster dev prod`, `${does} two clusters`],
        [`${verb} clusters -A`, `${does} all clusters`],
      ],
    },
    {
      verb,
      object: 'node',
      summary: `${does} nodes`,
      names: ofNode,
      options,
      examples: [
        [`${verb} node node-2b251a2c node-5678abcd`, `${does} two nodes by name`],
        [`${verb} node 98650026`, `${does} a node by the first digits of its id`],
      ],
    },
    {
      verb,
      object: 'instance',
      summary: `${does} instances`,
      names: ofInstance,
      options,
      isHidden: true,
      examples: [],
    },
  ];
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    verb: 'version',
    summary: 'Show the versions of the command line, the bridge and the engine',
    options: [],
    examples: [['version', 'Show versions']],
  },

  {
    verb: 'get',
    object: 'cluster',
    summary: 'List clusters',
    names: optional(ofCluster),
    options: [option.ALL, option.WATCH, option.credentials('print a kubeconfig of yours, which lasts an hour')],
    examples: [
      ['get clusters', 'List clusters'],
      ['get cluster dev -k', 'Print a kubeconfig for cluster dev'],
      ['get clusters -A -w', 'Watch all clusters'],
    ],
  },
  listed(
    'node',
    'List the nodes of clusters',
    ['get nodes dev prod', 'List the nodes of two clusters'],
    ['get nodes -A', 'List all nodes'],
    ['get nodes dev -w', 'Watch the nodes of cluster dev'],
  ),
  listed('pod', 'List the pods of clusters', ['get pods -A', 'List the pods of all clusters']),
  listed('service', 'List the services of clusters, one row a port', [
    'get services -A',
    'List the services of all clusters',
  ]),
  {
    ...listed(
      'network',
      'List the networks of clusters',
      ['get net dev prod', 'List the networks of two clusters'],
      ['get networks -H', 'List the addresses that load balancers may have'],
    ),
    options: [
      option.ALL,
      option.WATCH,
      {
        key: 'host',
        letter: 'H',
        long: 'host',
        text: 'the addresses of the host that load balancers may have (administrators)',
        takesNoNames: true,
        excludes: ['all'],
      },
    ],
  },
  {
    ...listed(
      'ipvs',
      'List what is balanced, one row a server behind a port',
      ['get ipvs dev', 'List the addresses and ports of cluster dev, and who answers there'],
      ['get ipvs -A -w', 'Watch the load balancing of all clusters'],
    ),
    names: optional(named('NAME', 'cluster')),
  },
  {
    verb: 'get',
    object: 'user',
    summary: 'List users',
    names: optional(ofUser),
    options: [
      option.ALL,
      option.WATCH,
      {
        key: 'local',
        letter: 'l',
        long: 'local',
        text: 'show the configuration of this command line, without asking the bridge',
        takesNoNames: true,
        excludes: ['all', 'watch', 'conf'],
      },
      {
        key: 'conf',
        letter: 'c',
        long: 'conf',
        text: "show only the configuration of the user's service account",
        needsNames: true,
        excludes: ['watch'],
      },
    ],
    examples: [
      ['get users -A', 'List all users'],
      ['get user -l', 'Show the configuration of this command line'],
    ],
  },
  {
    verb: 'get',
    object: 'client',
    summary: 'List the sockets that are connected',
    options: [option.ALL, option.WATCH],
    examples: [['get clients -A', 'List all sockets that you may see']],
  },
  {
    verb: 'get',
    object: 'image',
    summary: 'List the node images that clusters can be made from',
    names: { label: 'IMAGE', kind: 'image', isOptional: true, of: 'image' },
    options: [option.ALL],
    examples: [['get images -A', 'List all node images']],
  },
  {
    verb: 'get',
    object: 'instance',
    summary: 'List instances',
    names: optional(ofInstance),
    options: [option.ALL, option.WATCH, option.credentials('print the private key for ssh')],
    isHidden: true,
    examples: [['get instances -A', 'List all instances']],
  },
  {
    verb: 'get',
    object: 'acme',
    summary: 'List the TLS certificates of the host',
    isHidden: true,
    options: [option.ALL],
    examples: [],
  },
  {
    verb: 'get',
    object: 'all',
    summary: 'List everything that you may see',
    options: [option.WATCH],
    examples: [['get all -w', 'Watch everything, as the console does']],
  },

  {
    verb: 'add',
    object: 'cluster',
    summary: 'Make clusters',
    names: { label: 'NAME', kind: 'newName' },
    options: [option.IMAGE, option.NODES_IN_ALL, option.DOMAIN, option.NO_WAIT],
    examples: [
      ['add cluster dev', 'Make a cluster of three nodes'],
      ['add cluster alex -i hub.docker.com/kindest/node:v1.27.3', 'Make a cluster from this image'],
      ['add cluster dev prod', 'Make two clusters'],
      ['add cluster test -n 5', 'Make a cluster of one control plane and four workers'],
    ],
  },
  {
    verb: 'add',
    object: 'node',
    summary: 'Add workers to clusters',
    names: ofCluster,
    options: [option.NODES_MORE, option.NO_WAIT],
    examples: [
      ['add node dev', 'Add a worker to cluster dev'],
      ['add node dev -n 3', 'Add three workers to cluster dev'],
    ],
  },
  {
    verb: 'add',
    object: 'instance',
    summary: 'Make instances',
    isHidden: true,
    names: { label: 'NAME', kind: 'newName' },
    options: [option.IMAGE, option.DOMAIN, option.NO_WAIT],
    examples: [],
  },
  {
    verb: 'add',
    object: 'user',
    summary: 'Make users, and print the configuration of their command line once (administrators)',
    names: { label: 'USER', kind: 'account' },
    options: [
      { key: 'admin', long: 'admin', text: 'the user may do everything' },
      { key: 'rotate', long: 'rotate', text: 'make new keys for a user who is there already; the old ones end' },
    ],
    examples: [
      ['add user alex@example.com', 'Make a user'],
      ['add user alex@example.com --admin', 'Make an administrator'],
    ],
  },
  {
    verb: 'add',
    object: 'network',
    summary: 'Give addresses to load balancers, which take them before any others (administrators)',
    names: { label: 'ADDRESS', kind: 'addresses' },
    options: [option.NO_WAIT],
    examples: [
      ['add network 192.168.1.220 192.168.1.221', 'Give two addresses of the network that the host is in'],
      ['add network 192.168.1.0/28', 'Give a block of them'],
    ],
  },

  {
    verb: 'delete',
    object: 'cluster',
    summary: 'Delete clusters with all that is in them; this can not be undone',
    names: ofCluster,
    options: [option.ALL, option.NO_WAIT],
    examples: [
      ['delete cluster dev prod', 'Delete two clusters'],
      ['delete clusters -A', 'Delete all clusters'],
    ],
  },
  {
    verb: 'delete',
    object: 'node',
    summary: 'Take workers out of their cluster and delete them',
    names: ofNode,
    options: [option.NO_WAIT],
    examples: [['delete node node-2b251a2c', 'Take one worker away']],
  },
  {
    verb: 'delete',
    object: 'instance',
    summary: 'Delete instances',
    isHidden: true,
    names: ofInstance,
    options: [option.ALL, option.NO_WAIT],
    examples: [],
  },
  {
    verb: 'delete',
    object: 'user',
    summary: 'Delete users; their keys end at once (administrators)',
    names: ofUser,
    options: [],
    examples: [['delete user alex@example.com', 'Delete a user']],
  },
  {
    verb: 'delete',
    object: 'network',
    summary: 'Take back addresses that no load balancer has (administrators)',
    names: { label: 'ADDRESS', kind: 'addresses', of: 'network' },
    options: [option.NO_WAIT],
    examples: [['delete network 192.168.1.221', 'Take one address back']],
  },

  ...power('start', 'Start'),
  ...power('stop', 'Stop'),
  ...power('pause', 'Freeze'),
  ...power('resume', 'Go on with'),

  {
    verb: 'scale',
    object: 'cluster',
    summary: 'Change how many nodes clusters have',
    names: ofCluster,
    options: [option.NODES_WANTED, option.NO_WAIT],
    examples: [['scale cluster dev -n 5', 'Make cluster dev one control plane and four workers']],
  },
  {
    verb: 'resize',
    object: 'shell',
    summary: 'Tell your terminal its size',
    isHidden: true,
    options: [
      {
        key: 'columns',
        letter: 'c',
        long: 'columns',
        value: { label: 'COLUMNS', range: { least: 1, most: 1000 } },
        text: 'number of columns',
        isRequired: true,
      },
      {
        key: 'rows',
        letter: 'r',
        long: 'rows',
        value: { label: 'ROWS', range: { least: 1, most: 1000 } },
        text: 'number of rows',
        isRequired: true,
      },
    ],
    examples: [['resize shell -c 175 -r 26', 'Set 175 columns and 26 rows']],
  },
  {
    verb: 'help',
    summary: 'Explain a command, or list them all',
    options: [],
    examples: [['help add cluster', 'Explain how clusters are made']],
  },
];

/** The commands of a verb, in the order of help. */
export const commandsOf = (verb: Verb): readonly CommandEntry[] => COMMANDS.filter((entry) => entry.verb === verb);

/** The objects that a verb takes; none for version and help. */
export const objectsOf = (verb: Verb): readonly ObjectName[] =>
  commandsOf(verb).flatMap(({ object }) => (object === undefined ? [] : [object]));
