/** Starts a container engine of our own, for machines that have none running. */
import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { step, type Report } from '../console/progress.ts';
import { run } from '../console/run.ts';
import { readMissingCapabilities } from './capabilities.ts';
import { parseCgroupMounts } from './cgroups.ts';
import { pidOf } from './own-process.ts';
import { pingEngine, type EngineVersion } from './ping.ts';
import { DEFAULT_SOCKET, type EnginePlaces } from './places.ts';
import { ensureRuntimeWrapper } from './runtime-wrapper.ts';

const PACKAGES = ['docker.io', 'containerd', 'runc', 'iptables'] as const;
const START_TIMEOUT_MS = 60_000;
const LOG_KEPT_BYTES = 20 * 1024 * 1024;

/** Needs root. The engine listens on the default socket, so that plain `docker` and `kind` find it too. */
export async function startEngine(places: EnginePlaces): Promise<EngineVersion> {
  await checkCgroups();
  await ensureInstalled();
  const wrapper = (await readMissingCapabilities()).length > 0 ? await ensureRuntimeWrapper() : undefined;
  return step('Start a container engine', async (report) => {
    await removeStalePidFiles(places);
    const daemon = await spawnDaemon(places, engineArguments(places, wrapper));
    return waitForAnswer(places, daemon, report);
  });
}

/** The daemon's command line. The wrapper becomes the default runtime, so that every client's containers start. */
export const engineArguments = (places: EnginePlaces, wrapper?: string): readonly string[] => [
  '--host',
  `unix://${DEFAULT_SOCKET}`,
  '--data-root',
  places.dataRoot,
  '--exec-root',
  places.execRoot,
  '--pidfile',
  places.pidFile,
  ...(wrapper === undefined ? [] : ['--add-runtime', `qbo-runc=${wrapper}`, '--default-runtime', 'qbo-runc']),
];

async function checkCgroups(): Promise<void> {
  const cgroups = parseCgroupMounts(await readFile('/proc/self/mounts', 'utf8'));
  if (cgroups.version === 'none') {
    throw new Error(`Containers can not run here: ${cgroups.why}. Mount them under /sys/fs/cgroup and try again.`);
  }
}

async function ensureInstalled(): Promise<void> {
  if (await isOnPath('dockerd')) return;
  if (!(await isOnPath('apt-get'))) {
    throw new Error('No container engine is installed and there is no apt-get here. Install Docker, then try again.');
  }
  await step(`Install a container engine (${PACKAGES.join(', ')})`, async (report) => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run(['apt-get', 'update', '-q'], { env, onLine: report });
    await run(['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...PACKAGES], { env, onLine: report });
  });
}

async function isOnPath(program: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(':');
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, program)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** The daemon refuses to start while its pid file names a live process, even if that is now somebody else's. */
async function removeStalePidFiles(places: EnginePlaces): Promise<void> {
  const containerd = join(places.execRoot, 'containerd', 'containerd.pid');
  if ((await pidOf(places.pidFile, 'dockerd')) === undefined) await rm(places.pidFile, { force: true });
  if ((await pidOf(containerd, 'containerd')) === undefined) await rm(containerd, { force: true });
}

interface Daemon {
  exit: string | undefined;
}

/** In a session of its own and with its output in a file, so that it outlives this process and its terminal. */
async function spawnDaemon(places: EnginePlaces, args: readonly string[]): Promise<Daemon> {
  await mkdir(places.runFolder, { recursive: true });
  await mkdir(dirname(places.logFile), { recursive: true });
  await rotateLog(places.logFile);
  const log = await open(places.logFile, 'a');
  try {
    const daemon: Daemon = { exit: undefined };
    const child = spawn('dockerd', args, { cwd: '/', detached: true, stdio: ['ignore', log.fd, log.fd] });
    child.once('error', (error) => (daemon.exit = error.message));
    child.once('exit', (code, signal) => (daemon.exit = `it ended with ${String(signal ?? code)}`));
    child.unref();
    return daemon;
  } finally {
    await log.close();
  }
}

async function rotateLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_KEPT_BYTES) await rename(path, `${path}.old`);
}

async function waitForAnswer(places: EnginePlaces, daemon: Daemon, report: Report): Promise<EngineVersion> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (daemon.exit === undefined && performance.now() < deadline) {
    try {
      return await pingEngine(DEFAULT_SOCKET);
    } catch (error) {
      last = error;
      report(`waiting for ${DEFAULT_SOCKET}`);
    }
    await delay(100);
  }
  const why = daemon.exit ?? `no answer within a minute: ${last instanceof Error ? last.message : String(last)}`;
  const tail = (await readFile(places.logFile, 'utf8')).trimEnd().split('\n').slice(-15);
  throw new Error(`The container engine did not start (${why}). The end of ${places.logFile}:\n${tail.join('\n')}`);
}
