/** The node's operating system: a minimal Debian, made from packages alone, without what no node uses. */
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cachedDir, contentHash } from '../cache/cache.ts';
import { step, type Report } from '../console/progress.ts';
import { run } from '../console/run.ts';
import { DEBIAN, DEBIAN_PACKAGES } from './versions.ts';

/** Raise when `slim` or `install` changes: their text is no input that a hash could see. */
const RECIPE = 1;

const UNUSED = [
  'etc/systemd/system/multi-user.target.wants',
  'etc/systemd/system/timers.target.wants',
  'etc/systemd/system/getty.target.wants',
  'usr/lib/udev/hwdb.d',
  'usr/share/bash-completion',
  'usr/share/doc',
  'usr/share/i18n',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/zoneinfo',
  'var/cache/apt',
  'var/cache/debconf',
  'var/lib/apt/lists',
  'var/log/bootstrap.log',
  'var/log/dpkg.log',
] as const;

/** The CNI plugins that our network and common replacements use; the rest is 30 MB. */
const CNI_PLUGINS = new Set(['bandwidth', 'bridge', 'firewall', 'host-local', 'loopback', 'portmap', 'ptp', 'tuning']);

export const rootfsHash = (): string => contentHash(RECIPE, DEBIAN, DEBIAN_PACKAGES, UNUSED, [...CNI_PLUGINS]);

/** The folder with the root file system. Needs root and debootstrap, which is installed if apt-get is there. */
export const ensureRootfs = (): Promise<string> =>
  step('Node root file system from Debian packages', (report) =>
    cachedDir('node-rootfs', rootfsHash(), (folder) => install(folder, report), { onHit: () => report.cached() }),
  );

async function install(folder: string, report: Report): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'Building the node image needs root, for debootstrap. Run it as root once; or run it where a registry is in reach, ' +
        'so that the published image can be pulled.',
    );
  }
  await ensureDebootstrap(report);
  const root = join(folder, 'root');
  const include = `--include=${DEBIAN_PACKAGES.join(',')}`;
  await run(['debootstrap', '--variant=minbase', include, DEBIAN.suite, root], { onLine: report });
  await slim(root);
}

async function ensureDebootstrap(report: Report): Promise<void> {
  const found = await run(['sh', '-c', 'command -v debootstrap']).then(
    () => true,
    () => false,
  );
  if (found) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '-q'], { env, onLine: report });
  await run(['apt-get', 'install', '-q', '-y', '--no-install-recommends', 'debootstrap'], { env, onLine: report });
}

/**
 * A node's /var is a volume that is filled by copying, once for every node: what is in it costs time and disk each time.
 */
async function slim(root: string): Promise<void> {
  for (const path of UNUSED) await rm(join(root, path), { recursive: true, force: true });
  for (const plugin of await readdir(join(root, 'usr/lib/cni'))) {
    if (!CNI_PLUGINS.has(plugin)) await rm(join(root, 'usr/lib/cni', plugin));
  }
  await rename(join(root, 'var/lib/dpkg'), join(root, 'usr/lib/dpkg-database'));
  await symlink('../../usr/lib/dpkg-database', join(root, 'var/lib/dpkg'));
  await mkdir(join(root, 'var/cache/apt/archives/partial'), { recursive: true });
  await mkdir(join(root, 'var/lib/apt/lists/partial'), { recursive: true });
  // Empty, not absent: the first start of a node writes its own.
  await writeFile(join(root, 'etc/machine-id'), '');
}
