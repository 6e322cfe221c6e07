import { CommandError } from './command-error.ts';
import { shown } from './shown.ts';

/** What a name or the value of an option must be. The API server decides in the end; this is what no object can be. */
export type ValueKind = keyof typeof CHECKS;

interface Check {
  readonly longest: number;
  readonly pattern: RegExp;
  /** Completes "... takes". */
  readonly takes: string;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';

const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`;
const IPV6 = '[0-9A-Fa-f]*:[0-9A-Fa-f:.]*';

const CHECKS = {
  /** The name of something that is to be made: it becomes a label of containers and networks. */
  newName: {
    longest: 63,
    pattern: new RegExp(`^${LABEL}$`),
    takes: "a name of at most 63 lower-case letters, digits and '-', which neither begins nor ends with '-'",
  },
  /** The name, with its namespace where that is not one's own, or the id, whole or its first eight digits, of what is there. */
  reference: {
    longest: 253,
    pattern: /^[A-Za-z0-9][A-Za-z0-9.-]*(?:\/[A-Za-z0-9][A-Za-z0-9.-]*)?$/,
    takes: "a name, NAMESPACE/NAME, or an id or its first 8 digits: letters, digits, '-' and '.'",
  },
  account: {
    longest: 320,
    pattern: /^[A-Za-z0-9][A-Za-z0-9._%+-]*(?:@[A-Za-z0-9.-]+)?$/,
    takes: 'the name or the e-mail of a user, such as alex@example.com',
  },
  addresses: {
    longest: 79,
    pattern: new RegExp(`^(?:${IPV4}(?:/(?:3[0-2]|[12]?\\d)|-${IPV4})?|${IPV6}(?:/\\d{1,3}|-${IPV6})?)$`),
    takes: 'IP addresses, blocks or ranges of them, such as 192.168.1.220, 192.168.1.0/28 or 192.168.1.20-192.168.1.29',
  },
  image: {
    longest: 255,
    pattern: /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/,
    takes: 'a node image, such as kindest/node:v1.35.4',
  },
  domain: {
    longest: 128,
    pattern: new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
    takes: 'a domain of at most 128 characters, such as lab.example.com',
  },
} as const satisfies Record<string, Check>;

/** @param what names what is checked, as in `Option -i`. @throws CommandError when `value` can not be of this kind */
export function checkValue(kind: ValueKind, value: string, what: string): string {
  const { longest, pattern, takes } = CHECKS[kind];
  if (value.length <= longest && pattern.test(value)) return value;
  throw new CommandError(422, `${what} takes ${takes}; ${shown(value)} is none.`);
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** @throws CommandError when `value` is no whole number, or one outside the range */
export function checkNumber({ least, most }: Range, value: string, what: string): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new CommandError(422, `${what} takes a whole number from ${least} to ${most}; ${shown(value)} is none.`);
}
