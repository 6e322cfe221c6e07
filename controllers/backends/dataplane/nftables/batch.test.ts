import { expect, test } from '@jest/globals';
import { Batch } from './batch.ts';

test('whatever the order of the changes, each finds what it needs, and elements of a set share a line', () => {
  const batch = new Batch('ours');
  batch.removeMap('aff-old');
  batch.removeChain('svc-old');
  batch.add('services4', '10.0.0.1 . tcp . 80 : jump svc-new');
  batch.add('services4', '10.0.0.1 . tcp . 81 : jump svc-other');
  batch.writeChain('svc-new', [{ text: 'accept', comment: 'pick rr' }], false);
  batch.writeChain('svc-other', [], true);
  batch.addMap('aff-new', 'type ipv4_addr : classid;');
  batch.remove('services4', '10.0.0.1 . tcp . 79');
  expect(batch.lines()).toEqual([
    'delete element inet ours services4 { 10.0.0.1 . tcp . 79 }',
    'add map inet ours aff-new { type ipv4_addr : classid; }',
    'add chain inet ours svc-new',
    'add rule inet ours svc-new accept comment "pick rr"',
    'flush chain inet ours svc-other',
    'add element inet ours services4 { 10.0.0.1 . tcp . 80 : jump svc-new, 10.0.0.1 . tcp . 81 : jump svc-other }',
    'flush chain inet ours svc-old',
    'delete chain inet ours svc-old',
    'delete map inet ours aff-old',
  ]);
});

test('without a change there is no line', () => {
  expect(new Batch('ours').lines()).toEqual([]);
});
