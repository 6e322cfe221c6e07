import type { KubeObject } from '../runtime/object.ts';
import type { ResourceType, WatchEvent } from './client.ts';
import { parseWatchError } from './failure.ts';
import { stored } from './wire.ts';

/** The events in a watch's body: one JSON document a line. Throws KubeApiError on an ERROR event. */
export async function* watchEvents<T extends KubeObject>(
  type: ResourceType<T>,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of lines(body)) {
    const event = JSON.parse(line) as { type: WatchEvent<T>['type'] | 'ERROR'; object: unknown };
    if (event.type === 'ERROR') throw parseWatchError(event.object);
    yield { type: event.type, object: stored(type, event.object) };
  }
}

/** Splits bytes into lines. A line, and a character in it, may come in any number of pieces. */
export async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for await (const chunk of body) {
    const [rest = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n');
    pieces.push(rest);
    for (const next of more) {
      const line = pieces.join('');
      pieces = [next];
      if (line !== '') yield line;
    }
  }
}
