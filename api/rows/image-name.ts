/** The registry that names without one are of, as QBO calls it. */
export const HUB = 'hub.docker.com';

/** Names of the same registry. */
const HUB_ALIASES: readonly string[] = [HUB, 'docker.io', 'index.docker.io', 'registry-1.docker.io'];

interface Reference {
  /** HUB when the reference names none. */
  readonly registry: string;
  /** `kindest/node` */
  readonly path: string;
  /** `:v1.27.2`, `@sha256:...`, both, or nothing. */
  readonly version: string;
}

/** As Docker reads it: the first part is a registry when it has a dot or a port, or is `localhost`. */
export function parseReference(reference: string): Reference {
  const slash = reference.indexOf('/');
  const first = slash < 0 ? '' : reference.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const rest = hasRegistry ? reference.slice(slash + 1) : reference;
  const [path = '', version = ''] = /^([^:@]*)(.*)$/s.exec(rest)?.slice(1) ?? [];
  return { registry: hasRegistry && !HUB_ALIASES.includes(first) ? first : HUB, path, version };
}

/** Without registry and digest, as rows of nodes have it: `kindest/node:v1.27.2`. */
export function shortImage(reference: string): string {
  const { path, version } = parseReference(reference);
  return `${path}${version.replace(/^(:[^@]+)@.*$/, '$1')}`;
}

/** As an engine knows it: QBO's name of the hub is none that could be pulled from. */
export function engineReference(reference: string): string {
  const { registry, path, version } = parseReference(reference);
  return `${registry === HUB ? '' : `${registry}/`}${path}${version}`;
}
