/** Whether two values are the same as JSON: what is undefined is absent, and the order of fields means nothing. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (!isContainer(a) || !isContainer(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = present(a);
  const right = new Map(present(b));
  return (
    left.length === right.size && left.every(([name, value]) => right.has(name) && isSameJson(value, right.get(name)))
  );
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

const present = (container: object): [string, unknown][] =>
  Object.entries(container).filter(([, value]) => value !== undefined);
