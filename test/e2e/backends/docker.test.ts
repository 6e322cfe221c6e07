import { afterAll, jest } from '@jest/globals';
import { containersContract } from '../../../controllers/backends/containers.contract.ts';
import { dockerContainers } from '../../../controllers/backends/docker/index.ts';
import { silentLogger } from '../../../controllers/runtime/log.ts';
import { run } from '../../../hack/console/run.ts';
import { ensureEngine } from '../../../hack/engine/ensure-engine.ts';
import { ensureNodeImage } from '../../../hack/node-image/ensure-node-image.ts';
import { makePlainImage } from './plain-image.ts';

jest.setTimeout(60_000);

const instance = `contract-${process.pid.toString(36)}`;
const plainImage = `qbo-contract/plain:${instance}`;
const label = ['--label', `qbo.io/instance=${instance}`] as const;

const docker = async (...args: string[]): Promise<void> => void (await run(['docker', ...args]));

containersContract('Docker', async () => {
  const engine = await ensureEngine();
  const { image: nodeImage } = await ensureNodeImage(engine);
  await makePlainImage(plainImage, nodeImage);
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
      makeContainer: (name) => docker('run', '--detach', ...label, '--network', 'none', '--name', name, plainImage),
    },
    finish: (promise) => promise,
  };
});

afterAll(async () => {
  await docker('image', 'rm', '--force', plainImage);
});
