import { CommandError } from './command-error.ts';
import type { ObjectName } from './objects.ts';
import { OBJECTS } from './objects.ts';

export { CommandError } from './command-error.ts';

export type Verb =
  'version' | 'get' | 'add' | 'delete' | 'start' | 'stop' | 'pause' | 'resume' | 'scale' | 'resize' | 'help';

/** What the options of a line say; an option that was not given is absent. */
export interface Options {
  /** -A: every one that the caller may see. */
  readonly all?: true;
  /** -i */
  readonly image?: string;
  /** -n: nodes in all (add cluster, scale cluster), or how many to add (add node). */
  readonly nodes?: number;
  /** -d */
  readonly domain?: string;
  /** -k: credentials, of a cluster or an instance. */
  readonly kubeconfig?: true;
  /** -w: go on with changes. */
  readonly watch?: true;
  /** -l: the configuration of the command line itself, which never asks the bridge. */
  readonly local?: true;
  /** -c of get users: the configuration of the user's service account. */
  readonly conf?: true;
  /** -H: the addresses of the host. */
  readonly host?: true;
  readonly admin?: true;
  /** --rotate: new keys for a user who is there already. */
  readonly rotate?: true;
  /** -c and -r of resize shell. */
  readonly columns?: number;
  readonly rows?: number;
  /** --no-wait: end when the change is accepted, before it is made. */
  readonly noWait?: true;
}

/** One line, understood. */
export interface Command {
  readonly verb: Verb;
  /** Absent for version, and for help about everything. */
  readonly object?: ObjectName;
  /** Names or ids, without repetition, in the order typed. */
  readonly names: readonly string[];
  readonly options: Options;
  /** The line as it is echoed: `qbo get nodes -A`. */
  readonly line: string;
}

const VERBS: readonly Verb[] = [
  'version',
  'get',
  'add',
  'delete',
  'start',
  'stop',
  'pause',
  'resume',
  'scale',
  'resize',
  'help',
];

/** @throws CommandError */
export function parseCommand(line: string): Command {
  const [first = '', second, ...rest] = line.trim().split(/\s+/);
  const verb = VERBS.find((word) => word === first);
  if (verb === undefined) throw new CommandError(400, `There is no command ${first}. See qbo help.`);
  const object = OBJECTS.find(({ forms }) => forms.some((form) => form === second))?.name;
  const options: Record<string, unknown> = {};
  const names: string[] = [];
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    if (word === '-A' || word === '--all') options['all'] = true;
    else if (word === '-w') options['watch'] = true;
    else if (word === '-n') options['nodes'] = Number(rest.shift());
    else if (word === '-i') options['image'] = rest.shift();
    else names.push(word);
  }
  return { verb, ...(object === undefined ? {} : { object }), names, options, line: `qbo ${line.trim()}` };
}
