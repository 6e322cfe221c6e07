import type { Range, ValueKind } from './values.ts';

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
  /** -c of get users: the configuration of the user's service account alone. */
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

/** An option as one command takes it. */
export interface OptionEntry {
  readonly key: keyof Options;
  /** One letter, after one dash. */
  readonly letter?: string;
  /** After two dashes. */
  readonly long: string;
  /** Absent for an option without a value. */
  readonly value?: { readonly label: string } & ({ readonly kind: ValueKind } | { readonly range: Range });
  /** One line for help. */
  readonly text: string;
  readonly isRequired?: true;
  /** It says something about the objects that are named, so that some must be, or -A. */
  readonly needsNames?: true;
  readonly takesNoNames?: true;
  /** Long names of options that it can not be given with. */
  readonly excludes?: readonly string[];
  /** As of a command: understood, but what it is about does not exist yet. */
  readonly isHidden?: true;
}

export const ALL: OptionEntry = {
  key: 'all',
  letter: 'A',
  long: 'all',
  text: 'all that you may see, instead of names',
};

export const WATCH: OptionEntry = {
  key: 'watch',
  letter: 'w',
  long: 'watch',
  text: 'stay, and show each change as it happens',
};

export const NO_WAIT: OptionEntry = {
  key: 'noWait',
  long: 'no-wait',
  text: 'end when the change is accepted, before it is made',
};

export const IMAGE: OptionEntry = {
  key: 'image',
  letter: 'i',
  long: 'image',
  value: { label: 'IMAGE', kind: 'image' },
  text: 'image of the nodes; the newest that is there when absent',
};

export const DOMAIN: OptionEntry = {
  key: 'domain',
  letter: 'd',
  long: 'domain',
  value: { label: 'DOMAIN', kind: 'domain' },
  text: "domain that host names end in; 'localhost' when absent",
};

/** As many nodes as a cluster may have: its control plane and 100 workers. */
const MOST_WORKERS = 100;

export const NODES_IN_ALL: OptionEntry = {
  key: 'nodes',
  letter: 'n',
  long: 'nodes',
  value: { label: 'NUMBER', range: { least: 1, most: MOST_WORKERS + 1 } },
  text: 'number of nodes in all, the control plane included; 3 when absent',
};

export const NODES_MORE: OptionEntry = {
  ...NODES_IN_ALL,
  value: { label: 'NUMBER', range: { least: 1, most: MOST_WORKERS } },
  text: 'number of workers to add; 1 when absent',
};

export const NODES_WANTED: OptionEntry = {
  ...NODES_IN_ALL,
  text: 'number of nodes in all, the control plane included',
  isRequired: true,
};

export const credentials = (text: string): OptionEntry => ({
  key: 'kubeconfig',
  letter: 'k',
  long: 'kubeconfig',
  text,
  needsNames: true,
  excludes: ['watch'],
});

/** How an option is called in a sentence. */
export const called = ({ letter, long }: OptionEntry): string => (letter === undefined ? `--${long}` : `-${letter}`);
