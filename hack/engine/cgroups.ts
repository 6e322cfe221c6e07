/** Controllers without which Kubernetes nodes do not work. */
const NEEDED = ['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids'] as const;

export type Cgroups = { readonly version: 1 | 2 } | { readonly version: 'none'; readonly why: string };

/** Which cgroup version nodes will see, from the text of /proc/self/mounts, or what is missing. */
export function parseCgroupMounts(mounts: string): Cgroups {
  const found = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[1]?.startsWith('/sys/fs/cgroup'));
  if (found.some(([, path, type]) => path === '/sys/fs/cgroup' && type === 'cgroup2')) return { version: 2 };

  const controllers = new Set(
    found.filter(([, , type]) => type === 'cgroup').flatMap((fields) => fields[3]?.split(',')),
  );
  const missing = NEEDED.filter((controller) => !controllers.has(controller));
  if (missing.length === 0) return { version: 1 };
  return { version: 'none', why: `no mount of these cgroup controllers: ${missing.join(', ')}` };
}
