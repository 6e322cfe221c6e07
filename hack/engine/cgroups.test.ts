import { expect, test } from '@jest/globals';

import { parseCgroupMounts } from './cgroups.ts';

const v1 = (controllers: readonly string[]): string =>
  controllers.map((name) => `cgroup /sys/fs/cgroup/${name} cgroup rw,relatime,${name} 0 0`).join('\n');

test('one cgroup2 mount is version 2', () => {
  expect(parseCgroupMounts('cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0')).toEqual({ version: 2 });
});

test('a mount for each controller is version 1, with an empty cgroup2 beside them', () => {
  const all = v1(['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids']);

  expect(parseCgroupMounts(`${all}\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0`)).toEqual({ version: 1 });
});

test('controllers mounted together count each', () => {
  expect(parseCgroupMounts(v1(['cpu,cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids']))).toEqual({
    version: 1,
  });
});

test('what is missing is named', () => {
  const result = parseCgroupMounts(v1(['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer']));

  expect(result).toEqual({ version: 'none', why: expect.stringContaining('memory, pids') });
});
