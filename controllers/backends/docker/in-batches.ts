/** Asks for each item, a few at a time: an engine with thousands of containers is not asked about all at once. */
export async function inBatches<T, R>(items: readonly T[], ask: (item: T) => Promise<R>, size = 32): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size)
    results.push(...(await Promise.all(items.slice(start, start + size).map(ask))));
  return results;
}
