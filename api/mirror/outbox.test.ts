import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { FrameReader } from '../../test/fixtures/bridge/frames.ts';
import { Flusher } from './flusher.ts';
import { frameOf } from './frame.ts';
import { Outbox, type Feed } from './outbox.ts';
import { Ring } from './ring.ts';

function setUp({ queueMessages = 3, queueBytes = 1e6, replyBytes = 1e6 } = {}) {
  const clock = new FakeClock();
  const flusher = new Flusher(clock);
  const reader = new FrameReader();
  const writes: Buffer[] = [];
  const recovered: number[] = [];
  const told: string[] = [];
  let isReading = true;
  const outbox = new Outbox({
    sink: {
      write: (bytes) => {
        writes.push(bytes);
        reader.push(bytes);
        return isReading;
      },
    },
    flusher,
    limits: { queueMessages, queueBytes, pauseBytes: 100, replyBytes },
    onFull: (isFull) => void told.push(isFull ? 'full' : 'empty'),
    onOverflow: () => void told.push('overflow'),
    onDropped: () => undefined,
  });
  const feed: Feed = {
    recover: (dropped) => {
      recovered.push(dropped);
      outbox.own(frameOf('"all anew"'));
    },
  };
  return {
    outbox,
    feed,
    flusher,
    writes,
    recovered,
    told,
    settle: () => clock.advance(50),
    block: () => (isReading = false),
    read: () => {
      isReading = true;
      outbox.drained();
    },
    texts: () => reader.texts.splice(0).map((text) => JSON.parse(text) as string),
  };
}
const say = (text: string): Buffer => frameOf(JSON.stringify(text));

describe('what waits for a socket', () => {
  test('is written in the order in which it came, all in one write', async () => {
    const { outbox, feed, settle, texts, writes } = setUp();

    outbox.own(say('own 1'));
    outbox.feed(feed, say('shared'));
    outbox.own(say('own 2'));
    await settle();

    expect(texts()).toEqual(['own 1', 'shared', 'own 2']);
    expect(writes).toHaveLength(1);
  });

  test('is the same bytes in memory for sockets that are equally far', async () => {
    const one = setUp();
    const other = setUp();
    const frames = [say('a'), say('b')];
    for (const frame of frames) for (const { outbox, feed } of [one, other]) outbox.feed(feed, frame);
    const written: Buffer[][] = [];
    for (const { outbox, writes } of [one, other]) {
      one.flusher.schedule(outbox);
      written.push(writes);
    }

    await one.settle();

    expect(written[0]).toHaveLength(1);
    expect(written[0]?.[0]).toBe(written[1]?.[0]);
  });

  test('of a feed that becomes too much is thrown away whole, and the feed is told how much once all else is written', async () => {
    const { outbox, feed, settle, texts, block, read, recovered } = setUp();
    block();
    outbox.own(say('taken by the socket'));
    await settle();
    outbox.own(say('own'));
    for (let count = 0; count < 5; count += 1) outbox.feed(feed, say('shared'));
    expect(recovered).toEqual([]);
    texts();

    read();
    await settle();

    expect(texts()).toEqual(['own', 'all anew']);
    expect(recovered).toEqual([5]);
    outbox.feed(feed, say('next'));
    await settle();
    expect(texts()).toEqual(['next']);
  });

  test('of a feed is not sent anew to a reader that stops again before it has read the rest', async () => {
    const { outbox, feed, settle, block, read, recovered } = setUp();
    block();
    outbox.own(say('taken by the socket'));
    await settle();
    outbox.own(say('own'));
    for (let count = 0; count < 5; count += 1) outbox.feed(feed, say('shared'));

    outbox.drained();
    await settle();
    expect(recovered).toEqual([]);
    read();
    await settle();

    expect(recovered).toEqual([5]);
  });

  test('of a feed is bounded by its bytes as well', async () => {
    const { outbox, feed, block, settle, recovered, read } = setUp({ queueMessages: 1000, queueBytes: 1000 });
    block();
    outbox.own(say(''));
    await settle();
    for (let count = 0; count < 100; count += 1) outbox.feed(feed, say('x'.repeat(100)));

    expect(outbox.size).toBeLessThanOrEqual(1000);
    read();
    await settle();
    expect(recovered).toEqual([100]);
  });

  test('of its own is never thrown away: the socket is told to send no more, and closed when it is far too much', async () => {
    const { outbox, told, block, read, settle, texts } = setUp({ replyBytes: 1000 });
    block();
    for (let count = 0; count < 8; count += 1) outbox.own(say('x'.repeat(100)));
    await settle();
    expect(told).toEqual(['full', 'empty']);
    for (let count = 0; count < 8; count += 1) outbox.own(say('y'.repeat(100)));
    expect(told.at(-1)).toBe('full');
    read();
    await settle();
    expect(texts()).toHaveLength(16);
    expect(told.at(-1)).toBe('empty');

    block();
    for (let count = 0; count < 30; count += 1) outbox.own(say('z'.repeat(100)));

    expect(told.filter((word) => word === 'overflow')).toHaveLength(1);
    expect(outbox.size).toBe(0);
  });

  test('is forgotten when it is closed', async () => {
    const { outbox, feed, settle, writes } = setUp();
    outbox.own(say('a'));
    outbox.feed(feed, say('b'));

    outbox.close();
    outbox.own(say('c'));
    await settle();

    expect(writes).toEqual([]);
    expect(outbox.size).toBe(0);
  });
});

describe('a frame', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of %d bytes is read as it was written', (size) => {
    const reader = new FrameReader();
    const text = 'x'.repeat(size);

    reader.push(frameOf(text));
    reader.push(frameOf('ü💥'));

    expect(reader.texts).toEqual([text, 'ü💥']);
  });
});

describe('what a stream remembers', () => {
  const limits = { messages: 3, bytes: 100, ageMs: 1000 };
  const frame = (size = 10): Buffer => Buffer.alloc(size);

  test('is what came after a message, and nothing when part of that is forgotten or was never there', () => {
    const ring = new Ring(limits);
    const frames = [frame(), frame(), frame(), frame()];
    for (const each of frames) ring.push(each, 0);

    expect(ring.last).toBe(4);
    expect(ring.after(4, 0)).toEqual([]);
    expect(ring.after(1, 0)).toEqual(frames.slice(1));
    expect(ring.after(0, 0)).toBeUndefined();
    expect(ring.after(5, 0)).toBeUndefined();
  });

  test('is limited by bytes and by age', () => {
    const ring = new Ring(limits);
    ring.push(frame(60), 0);
    ring.push(frame(60), 500);
    expect(ring.after(0, 500)).toBeUndefined();
    expect(ring.after(1, 1499)).toHaveLength(1);
    expect(ring.after(1, 1500)).toBeUndefined();
    expect(ring.after(2, 1500)).toEqual([]);
  });
});
