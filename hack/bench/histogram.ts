/** Samples of a Prometheus text by name and labels. */
export type Samples = ReadonlyMap<string, number>;

/** Upper bounds and how many were at most that, both growing. */
export type Buckets = readonly (readonly [bound: number, count: number])[];

/** A histogram, summed over all its other labels; with `since`, of what came after those samples. */
export function bucketsOf(samples: Samples, name: string, since: Samples = new Map()): Buckets {
  const counts = new Map<number, number>();
  for (const [series, value] of samples) {
    const bound = series.startsWith(`${name}_bucket{`) ? /le="([^"]*)"/.exec(series)?.[1] : undefined;
    if (bound === undefined) continue;
    const at = bound === '+Inf' ? Infinity : Number(bound);
    counts.set(at, (counts.get(at) ?? 0) + value - (since.get(series) ?? 0));
  }
  return [...counts].sort(([a], [b]) => a - b);
}

/** As Prometheus estimates it: values are taken to lie evenly in their bucket. NaN of nothing. */
export function quantile(buckets: Buckets, q: number): number {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return Number.NaN;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= q * total) {
      return bound === Infinity ? lower : lower + ((bound - lower) * (q * total - below)) / (count - below);
    }
    [lower, below] = [bound, count];
  }
  return lower;
}

/** The sum of all samples of a name. */
export function sumOf(samples: Samples, name: string, isWanted: (series: string) => boolean = () => true): number {
  let sum = 0;
  for (const [series, value] of samples) {
    if ((series === name || series.startsWith(`${name}{`)) && isWanted(series)) sum += value;
  }
  return sum;
}
