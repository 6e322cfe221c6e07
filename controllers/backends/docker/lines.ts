import type { Readable } from 'node:stream';

/**
 * The lines of a stream of UTF-8 text, without their ends. Throws what the stream fails with, also when it is cut off:
 * node:readline waits for ever then. A last line without an end is given too.
 */
export async function* lines(stream: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) yield line.replace(/\r$/, '');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
