import { expect, test } from '@jest/globals';
import { markOf } from './mark.ts';
import { transactions } from './watch.ts';

async function hintsOf(...lines: readonly string[]): Promise<readonly string[]> {
  const heard: string[] = [];
  const told = (async function* () {
    yield* lines;
  })();
  for await (const hint of transactions(told, markOf('test'))) heard.push(hint);
  return heard;
}

const END = '# new generation 7 by process 1234 (nft)';

test('a transaction of many lines is told once, when it is over', async () => {
  const lines = ['add rule inet qbo-lb-test a accept', 'add element inet qbo-lb-test s { 1.2.3.4 }'];
  expect(await hintsOf(...lines)).toEqual([]);
  expect(await hintsOf(...lines, END)).toEqual(['table']);
  expect(await hintsOf(...lines, END, ...lines, END)).toEqual(['table', 'table']);
});

test('transactions of others say nothing', async () => {
  expect(await hintsOf('add table inet firewalld', 'add rule ip nat DOCKER counter', END)).toEqual([]);
});

test("Docker's chain is told apart from our table, and so is whatever took it away", async () => {
  expect(await hintsOf('add rule ip filter DOCKER-USER counter return', END)).toEqual(['gate']);
  expect(await hintsOf('delete table ip filter', 'delete table inet qbo-lb-test', END)).toEqual(['gate', 'table']);
});

test('when the kernel told more than could be heard, anything may have changed', async () => {
  expect(await hintsOf('# ERROR: We lost some netlink events!')).toEqual(['lost']);
});
