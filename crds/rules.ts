import { celName } from './rule.ts';
import type { Rule } from './rule.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** CEL and JavaScript read these patterns alike. */
const DNS_LABEL = `^${LABEL}$`;
const DNS_NAME = `^${LABEL}(\\.${LABEL})*$`;

const REPOSITORY = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*';
const REGISTRY = '[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?(:[0-9]+)?';
const IMAGE = `^(${REGISTRY}/)?${REPOSITORY}(/${REPOSITORY})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$`;

const matches = (value: string, pattern: string): boolean => new RegExp(pattern).test(value);
const celMatches = (value: string, pattern: string): string =>
  `${value}.matches('${pattern.replaceAll('\\', '\\\\')}')`;

/** metadata.name of the whole object. `why` completes "..., because". */
export const nameRule = (kind: string, longest: number, why: string): Rule<{ metadata: { name: string } }> => ({
  cel: `self.metadata.name.size() <= ${longest.toString()} && ${celMatches('self.metadata.name', DNS_LABEL)}`,
  holds: ({ metadata: { name } }) => name.length <= longest && matches(name, DNS_LABEL),
  message:
    `no ${kind} can have this name: use at most ${longest.toString()} ` +
    `lower-case letters, digits and '-', and neither begin nor end with '-', because ${why}`,
  fieldPath: '.metadata.name',
});

export const dnsLabelRule: Rule<string> = {
  cel: `self.size() <= 63 && ${celMatches('self', DNS_LABEL)}`,
  holds: (self) => self.length <= 63 && matches(self, DNS_LABEL),
  message: "not a name: use at most 63 lower-case letters, digits and '-', and neither begin nor end with '-'",
};

export const dockerNameRule: Rule<string> = {
  cel: celMatches('self', '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$'),
  holds: (self) => matches(self, '^[a-zA-Z0-9][a-zA-Z0-9_.-]*$'),
  message: 'not the name of a Docker network: it begins with a letter or digit, and goes on with those, _, . and -',
};

/** Leaves room for `control-1a2b3c4d.` in a host name, which has at most 63 characters. */
const LONGEST_DOMAIN = 46;

export const domainRule: Rule<string> = {
  cel: `self.size() <= ${LONGEST_DOMAIN.toString()} && ${celMatches('self', DNS_NAME)}`,
  holds: (self) => self.length <= LONGEST_DOMAIN && matches(self, DNS_NAME),
  message:
    `not a cluster's domain: use at most ${LONGEST_DOMAIN.toString()} lower-case letters, digits, '-' and '.', as ` +
    'in lab.example.com; a host name such as control-1a2b3c4d.lab.example.com may have 63 in all',
};

export const imageRule: Rule<string> = {
  cel: celMatches('self', IMAGE),
  holds: (self) => matches(self, IMAGE),
  message: 'not the name of an image: write [registry/]name[:tag][@sha256:digest], as in kindest/node:v1.35.4',
};

/** For a field that always has a value. `advice` says what to do instead. */
export const immutable = <T>(advice: string): Rule<T> => ({
  cel: 'self == oldSelf',
  holds: (self, oldSelf) => self === oldSelf,
  message: `can not be changed from {oldSelf} to {self}: ${advice}`,
  forbidden: true,
});

/** For a field that may be absent, and then stays so; the rule belongs to the object that has the field. */
export const immutableOptional = <K extends string>(
  field: K,
  advice: string,
): Rule<{ readonly [P in K]?: string }> => ({
  cel: unchanged(`self.${celName(field)}`, `oldSelf.${celName(field)}`),
  holds: (self, oldSelf) => self[field] === oldSelf[field],
  message: `can not be changed from {oldSelf.${field}?} to {self.${field}?}: ${advice}`,
  fieldPath: `.${field}`,
  forbidden: true,
});

const unchanged = (now: string, before: string): string =>
  `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})`;
