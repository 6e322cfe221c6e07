import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Heap, type Heaped } from './heap.ts';

interface Item extends Heaped {
  readonly at: number;
}

test('whatever is pushed and removed, the least of what is left comes first', () => {
  const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(20) }), fc.record({ remove: fc.nat() })), {
    maxLength: 200,
  });

  fc.assert(
    fc.property(steps, (history) => {
      const heap = new Heap<Item>((a, b) => a.at < b.at);
      const model: Item[] = [];
      for (const step of history) {
        if ('push' in step) {
          const item = { at: step.push, position: -1 };
          model.push(item);
          heap.push(item);
        } else if (model.length > 0) {
          const [item] = model.splice(step.remove % model.length, 1);
          if (item !== undefined) heap.remove(item);
        }
        expect(heap.peek()?.at).toBe(model.length === 0 ? undefined : Math.min(...model.map(({ at }) => at)));
        expect(heap.size).toBe(model.length);
      }
    }),
  );
});

test('removing an item that is not in the heap changes nothing', () => {
  const heap = new Heap<Item>((a, b) => a.at < b.at);
  const inside = { at: 1, position: -1 };
  heap.push(inside);

  heap.remove({ at: 0, position: 0 });
  heap.remove({ at: 0, position: -1 });

  expect(heap.peek()).toBe(inside);
});
