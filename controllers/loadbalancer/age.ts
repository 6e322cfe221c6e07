import type { KubeObject, Stored } from '../runtime/object.ts';

/** Whoever was there first comes first; at the same second, by name. The same order for everybody who asks. */
export function byAge(a: Stored<KubeObject>, b: Stored<KubeObject>): number {
  const [one, other] = [ageOf(a), ageOf(b)];
  return one < other ? -1 : Number(one > other);
}

/** The same order, of thousands. */
export const oldestFirst = <T extends KubeObject>(all: readonly Stored<T>[]): readonly Stored<T>[] =>
  all
    .map((object) => ({ object, age: ageOf(object) }))
    .sort((a, b) => (a.age < b.age ? -1 : Number(a.age > b.age)))
    .map(({ object }) => object);

const ageOf = ({ metadata }: Stored<KubeObject>): string =>
  [metadata.creationTimestamp, metadata.namespace ?? '', metadata.name, metadata.uid].join(' ');
