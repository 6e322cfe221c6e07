import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Multiplexed, Tail } from './multiplexed.ts';

const frame = (output: 1 | 2, text: string): Buffer => {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = output;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
};

test('outputs are told apart wherever the stream is cut into chunks', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom<1 | 2>(1, 2), fc.string({ unit: 'grapheme' })));
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 20 })), (written, sizes) => {
      const stream = Buffer.concat(written.map(([output, text]) => frame(output, text)));
      const output = new Multiplexed(2 ** 20);
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % Math.max(sizes.length, 1)] ?? stream.length;
        output.add(stream.subarray(at, at + size));
        at += size;
      }
      const of = (wanted: 1 | 2): string =>
        written
          .filter(([which]) => which === wanted)
          .map(([, text]) => text)
          .join('');
      expect(output.stdout.toString()).toBe(of(1));
      expect(output.stderr.toString()).toBe(of(2));
    }),
  );
});

test('a frame larger than any chunk needs no more memory than is kept of it', () => {
  const tail = new Tail(10);
  for (let i = 0; i < 100; i++) tail.add(Buffer.from('0123456789abcdef'));
  expect(tail.toString()).toBe('6789abcdef');
});

test('a character whose beginning was cut away is left out', () => {
  const tail = new Tail(5);
  tail.add(Buffer.from('a€€'));
  expect(tail.toString()).toBe('€');
});

test('a short output that begins with a stray byte is kept whole', () => {
  const tail = new Tail(10);
  tail.add(Buffer.from([0x80, 0x61]));
  expect(tail.toString()).toBe('\ufffda');
});
