import type { Subject } from '../../../controllers/backends/containers.contract.ts';
import { dockerContainers } from '../../../controllers/backends/docker/index.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { run } from '../../../hack/console/run.ts';
import { ensureEngine } from '../../../hack/engine/ensure-engine.ts';
import { ensureNodeImage } from '../../../hack/node-image/ensure-node-image.ts';
import { makePlainImage } from './plain-image.ts';

const docker = async (...args: string[]): Promise<void> => {
  await run(['docker', ...args]);
};

/** Docker, as the contract wants to see it. Its image is to be removed after; everything else the contract removes. */
export async function dockerSubject(): Promise<Subject> {
  const engine = await ensureEngine();
  const { image: nodeImage } = await ensureNodeImage(engine);
  const instance = `contract-${process.pid.toString(36)}`;
  const plainImage = `qbo-contract/plain:${instance}`;
  await makePlainImage(plainImage, nodeImage);
  const label = ['--label', `qbo.io/instance=${instance}`] as const;
  return {
    containers: dockerContainers({ socketPath: engine.socketPath }, silentLogger),
    instance,
    plainImage,
    nodeImage,
    outside: {
      kill: (name) => docker('kill', name),
      remove: (name) => docker('rm', '--force', name),
      makeNetwork: (name, subnet) => docker('network', 'create', ...label, '--subnet', subnet, name),
      makeVolume: (name) => docker('volume', 'create', ...label, name),
      // A file in memory.
      useMemory: (name, mebibytes) =>
        docker('exec', name, 'sh', '-c', `head -c ${String(mebibytes * 2 ** 20)} /dev/zero >/tmp/full`),
      makeContainer: (name, labels = {}) => {
        const more = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
        return docker('run', '--detach', ...label, ...more, '--network', 'none', '--name', name, plainImage);
      },
    },
    finish: (promise) => promise,
  };
}

export const removePlainImage = ({ plainImage }: Subject): Promise<void> =>
  docker('image', 'rm', '--force', plainImage);
