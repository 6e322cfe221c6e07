import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lines } from './watch-stream.ts';

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    yield await Promise.resolve(bytes.subarray(start, end));
    start = end;
  }
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test('lines come out whole, wherever the bytes were cut', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (wanted, cuts) => {
      const bytes = new TextEncoder().encode(wanted.map((text) => `${text}\n`).join(''));
      expect(await all(lines(inPieces(bytes, cuts)))).toEqual(wanted);
    }),
  );
});

test('a line that was broken off is not told', async () => {
  const bytes = new TextEncoder().encode('{"whole":1}\n{"brok');
  expect(await all(lines(inPieces(bytes, [])))).toEqual(['{"whole":1}']);
});
