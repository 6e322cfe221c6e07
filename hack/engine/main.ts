/** `node hack/engine/main.ts up|down|status`: find or start the container engine, stop our own, or tell which one is used. */
import { describeFailure } from '../console/progress.ts';
import { ensureEngine } from './ensure-engine.ts';
import { findEngine } from './find-engine.ts';
import { ensureServiceAddressGuard, removeServiceAddressGuard } from './service-address-guard.ts';
import { stopOwnEngine } from './stop-engine.ts';

const commands: Readonly<Record<string, () => Promise<string>>> = {
  up: async () => {
    const engine = await ensureEngine();
    const guard = await ensureServiceAddressGuard();
    const left = guard.state === 'skipped' ? ` Packets for service addresses are not guarded: ${guard.why}.` : '';
    return `Engine ${engine.version} (API ${engine.apiVersion}) on ${engine.socketPath}.${left}`;
  },
  down: async () => {
    await removeServiceAddressGuard();
    return (await stopOwnEngine())
      ? 'Stopped our engine; its images stay in the cache.'
      : 'No engine of ours is running.';
  },
  status: async () => {
    const found = await findEngine();
    return found === 'absent' ? 'No engine is running.' : `Engine ${found.version} on ${found.socketPath}.`;
  },
};

const command = commands[process.argv[2] ?? ''];
if (command === undefined) {
  process.stderr.write(`Usage: node hack/engine/main.ts ${Object.keys(commands).join('|')}\n`);
  process.exitCode = 2;
} else {
  try {
    process.stdout.write(`${await command()}\n`);
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = 1;
  }
}
