import { expect, test } from '@jest/globals';

import { parseRecord, shortfalls, sysctlCommand } from './kernel-settings.ts';

test('a default host is short of both inotify limits, and the command that mends it is exact', () => {
  const missing = shortfalls((name) => (name.endsWith('instances') ? 128 : 65_536));

  expect(sysctlCommand(missing)).toBe(
    'sudo sysctl -w fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288',
  );
});

test('a host that has more is left alone', () => {
  expect(shortfalls(() => 1_000_000)).toEqual([]);
});

test('a record can only set back what we raise', () => {
  expect(parseRecord('{"kernel.panic":1,"fs.inotify.max_user_instances":128}')).toEqual({
    'fs.inotify.max_user_instances': 128,
  });
  expect(parseRecord(undefined)).toEqual({});
});
