/** A container for each Service with haproxy in it, which is how clusters in containers are usually balanced. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from '../../console/run.ts';

/** As small as it gets: one thread, and few connections. */
const CONFIGURATION = `global
  nbthread 1
  maxconn 1000
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen service
  bind 127.0.0.1:8080
  server one 127.0.0.1:30080
  server two 127.0.0.1:30081
`;

export class ProxyContainers implements AsyncDisposable {
  readonly #names: readonly string[];
  readonly #folder: string;

  private constructor(names: readonly string[], folder: string) {
    this.#names = names;
    this.#folder = folder;
  }

  /** They have this machine's own files, haproxy among them, and no network. */
  static async start(image: string, count: number): Promise<ProxyContainers> {
    const folder = await mkdtemp(join(tmpdir(), 'qbo-proxies-'));
    const configuration = join(folder, 'haproxy.cfg');
    await writeFile(configuration, CONFIGURATION, { mode: 0o644 });
    const names = Array.from({ length: count }, () => `qbo-bench-proxy-${randomUUID().slice(0, 8)}`);
    const proxies = new ProxyContainers(names, folder);
    try {
      for (const name of names) {
        const program = ['/host', '/usr/sbin/haproxy', '-db', '-f', configuration];
        const options = [
          '--name',
          name,
          '--network',
          'none',
          '--volume',
          '/:/host:ro',
          '--entrypoint',
          '/usr/sbin/chroot',
        ];
        await run(['docker', 'run', '--detach', '--rm', ...options, image, ...program]);
      }
      return proxies;
    } catch (error) {
      await proxies[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Of each container its haproxy, and the process that keeps the container. Throws when one does not run. */
  async processes(): Promise<readonly number[]> {
    const { stdout } = await run(['docker', 'inspect', '--format', '{{.State.Pid}}', ...this.#names]);
    const pids = stdout.trim().split('\n').map(Number);
    if (pids.length !== this.#names.length || pids.includes(0))
      throw new Error('A container with haproxy does not run');
    return [...pids, ...(await Promise.all(pids.map(parentOf)))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(['docker', 'rm', '--force', '--volumes', ...this.#names]);
    await rm(this.#folder, { recursive: true });
  }
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}
