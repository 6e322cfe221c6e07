/** What is measured, and how it is summed up. */
export interface Round {
  readonly contender: 'ours' | 'kind';
  readonly nodes: number;
  /** From the command to the finish, in seconds. */
  readonly seconds: number;
  /** Seconds since the command at which each step was done; only of ours. */
  readonly milestones: Readonly<Record<string, number>>;
}

export interface Comparison {
  readonly ours_s: readonly number[];
  readonly kind_s: readonly number[];
  /** Median of ours over median of kind's: below 1 is faster. */
  readonly ratio: number;
  /** Median time since the command at which each step was done, in order. */
  readonly phases: Readonly<Record<string, number>>;
}

/** Of the rounds with that many nodes. */
export function compare(rounds: readonly Round[], nodes: number): Comparison {
  const of = (contender: Round['contender']): readonly Round[] =>
    rounds.filter((round) => round.contender === contender && round.nodes === nodes);
  const secondsOf = (contender: Round['contender']): number[] => of(contender).map(({ seconds }) => toTenths(seconds));
  const ours = secondsOf('ours');
  const kind = secondsOf('kind');
  return {
    ours_s: ours,
    kind_s: kind,
    ratio: Math.round((median(ours) / median(kind)) * 1000) / 1000,
    phases: medianMilestones(of('ours')),
  };
}

function medianMilestones(rounds: readonly Round[]): Record<string, number> {
  const names = new Set(rounds.flatMap(({ milestones }) => Object.keys(milestones)));
  const entries = [...names].map((name): [string, number] => [
    name,
    toTenths(median(rounds.flatMap(({ milestones }) => milestones[name] ?? []))),
  ]);
  return Object.fromEntries(entries.sort(([, a], [, b]) => a - b));
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const toTenths = (seconds: number): number => Math.round(seconds * 10) / 10;

/** A table for people: a line a round, the medians, and where our time goes. */
export function table(nodes: number, { ours_s, kind_s, ratio, phases }: Comparison): string {
  const row = (...cells: readonly string[]): string => `  ${cells.map((cell) => cell.padStart(9)).join('')}`;
  const seconds = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1));
  const rounds = Array.from({ length: Math.max(ours_s.length, kind_s.length) }, (_, round) =>
    row(String(round + 1), seconds(ours_s[round]), seconds(kind_s[round])),
  );
  let before = 0;
  const steps = Object.entries(phases).map(([name, at]) => {
    const line = `  ${at.toFixed(1).padStart(9)}${`+${(at - before).toFixed(1)}`.padStart(9)}  ${name}`;
    before = at;
    return line;
  });
  return [
    `${String(nodes)} ${nodes === 1 ? 'node' : 'nodes'}, seconds until all are Ready and DNS is available:`,
    row('round', 'ours', 'kind'),
    ...rounds,
    row('median', seconds(median(ours_s)), seconds(median(kind_s))),
    `  ours / kind = ${ratio.toFixed(3)}`,
    '  where our time goes (seconds since the command, and since the line above):',
    ...steps,
  ].join('\n');
}
