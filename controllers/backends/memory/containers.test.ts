import { FakeClock } from '../../runtime/clock.ts';
import { containersContract } from '../containers.contract.ts';
import { contractCommands } from '../contract/exec.ts';
import { contractUnits } from '../contract/units.ts';
import { MemoryEngine } from './engine.ts';

containersContract('the container engine in memory', () => {
  const clock = new FakeClock();
  const engine = new MemoryEngine({ clock, exec: contractCommands, units: contractUnits });
  const plain = { labels: { 'io.qbo.contract': 'yes' }, entrypoint: ['/init'] };
  engine.addImage('qbo-contract:plain', plain);
  engine.addImage('qbo-contract:node');
  const instance = 'contract';
  const labels = { 'qbo.io/instance': instance };

  return {
    containers: engine.containers(),
    instance,
    plainImage: 'qbo-contract:plain',
    nodeImage: 'qbo-contract:node',
    outside: {
      kill: (name) =>
        done(() => {
          engine.kill(name);
        }),
      remove: (name) =>
        done(() => {
          engine.removeBehindOurBack(name);
        }),
      makeNetwork: (name, subnet) => done(() => engine.foreignNetwork(name, subnet, labels)),
      makeVolume: (name) =>
        done(() => {
          engine.foreignVolume(name, labels);
        }),
      useMemory: (name, mebibytes) =>
        done(() => {
          engine.useMemory(name, mebibytes * 2 ** 20);
        }),
      makeContainer: (name, more = {}) => done(() => engine.foreignContainer(name, { labels: { ...labels, ...more } })),
    },
    async finish(promise) {
      let isSettled = false;
      const settle = (): void => {
        isSettled = true;
      };
      promise.then(settle, settle);
      await clock.advance(0);
      while (!isSettled) await clock.advance(50);
      return promise;
    },
  };
});

const done = (act: () => unknown): Promise<void> => {
  act();
  return Promise.resolve();
};
