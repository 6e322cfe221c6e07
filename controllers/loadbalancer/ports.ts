import type { BalancedPort, BalancedRule, LoadBalancer } from '../../crds/load-balancer.ts';
import type { Stored } from '../runtime/object.ts';
import { byAge } from './age.ts';

type Span = Pick<BalancedPort, 'protocol' | 'port' | 'endPort'>;

export const lastOf = ({ port, endPort }: Span): number => endPort ?? port;

/** How many ports it asks for, each of a range counted. */
export const countPorts = (ports: readonly Span[]): number =>
  ports.reduce((sum, span) => sum + lastOf(span) - span.port + 1, 0);

/** `TCP 80`, `UDP 5000-5009`. */
export const spanText = (span: Span): string => `${span.protocol} ${numbers(span)}`;

/** In short, for a column: `80,443,53/UDP`. */
export function portsText(ports: readonly Span[]): string {
  const text = ports.map((span) => `${numbers(span)}${span.protocol === 'TCP' ? '' : `/${span.protocol}`}`).join(',');
  return text.length <= LONGEST ? text : `${text.slice(0, text.lastIndexOf(',', LONGEST - 4))},...`;
}

const LONGEST = 256;

const numbers = (span: Span): string =>
  lastOf(span) === span.port ? String(span.port) : `${String(span.port)}-${String(lastOf(span))}`;

const collide = (a: Span, b: Span): boolean => a.protocol === b.protocol && a.port <= lastOf(b) && b.port <= lastOf(a);

const isSame = (a: Span, b: Span): boolean => a.protocol === b.protocol && a.port === b.port && lastOf(a) === lastOf(b);

/** Whether it has these ports already, as its status says. */
const holds = ({ status }: LoadBalancer, span: Span): boolean =>
  status?.rules?.some((rule) => rule.state !== 'Waiting' && isSame(rule, span)) ?? false;

/** Ports that somebody else has, and who. */
export interface Taken {
  readonly span: Span;
  readonly by: Stored<LoadBalancer> | undefined;
}

/**
 * Which of its ports a LoadBalancer does not get on an address that others have too. Who has a port keeps it; among those who
 * ask for one that nobody has, the oldest gets it. A range is given whole. Ports that it names twice are taken by itself.
 */
export function takenPorts(self: Stored<LoadBalancer>, sharing: readonly Stored<LoadBalancer>[]): readonly Taken[] {
  const others = sharing.filter(({ metadata }) => metadata.uid !== self.metadata.uid);
  return self.spec.ports.flatMap((span, index): readonly Taken[] => {
    const isTwice = self.spec.ports.slice(0, index).some((earlier) => collide(earlier, span));
    if (isTwice) return [{ span, by: undefined }];
    const by = others.find((other) =>
      other.spec.ports.some((port) => collide(port, span) && comesFirst(other, port, { self, span })),
    );
    return by === undefined ? [] : [{ span, by }];
  });
}

function comesFirst(
  other: Stored<LoadBalancer>,
  port: Span,
  { self, span }: { readonly self: Stored<LoadBalancer>; readonly span: Span },
): boolean {
  const [theirs, ours] = [holds(other, port), holds(self, span)];
  return theirs === ours ? byAge(other, self) < 0 : theirs;
}

/** The rules of a status, given which ports are taken. Counters stay with the rule that they are of. */
export function rulesFor(
  self: Stored<LoadBalancer>,
  taken: readonly Taken[],
  why: (taken: Taken) => string,
): readonly BalancedRule[] {
  return self.spec.ports.map((span) => {
    const { protocol, port, endPort, targetPort = port } = span;
    const clash = taken.find((each) => each.span === span);
    return {
      protocol,
      port,
      ...(endPort !== undefined && endPort !== port && { endPort }),
      targetPort,
      ...(clash === undefined ? { state: 'Active' as const } : { state: 'Waiting' as const, message: why(clash) }),
    };
  });
}
