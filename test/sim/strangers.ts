import { Label } from '../../crds/names.ts';
import type { Simulation } from '../fixtures/world/simulation.ts';

const OTHER = {
  [Label.id]: '0b5c1d2e-0000-4000-8000-000000000000',
  [Label.instance]: 'another',
  [Label.cluster]: 'dev',
};

const NETWORKS = ['office', 'another-dev'];
const CONTAINERS = ['printer', 'control-0'];
const VOLUMES = ['data', 'control-0-var'];

/** What others have on the same engine, another installation of the operator among them. */
export const strangersOf = ({ engine }: Pick<Simulation, 'engine'>) => ({
  arrive(): void {
    engine.foreignNetwork('office', '172.18.0.0/24');
    engine.foreignNetwork('another-dev', '172.18.1.0/24', OTHER);
    engine.foreignContainer('printer', { addresses: { office: '172.18.0.9' } });
    engine.foreignContainer('control-0', { labels: OTHER, addresses: { 'another-dev': '172.18.1.3' } });
    engine.foreignVolume('data');
    engine.foreignVolume('control-0-var', OTHER);
  },

  /** What has become of them, one line for each that is not as it was. */
  wrongs(): string[] {
    const { containers, networks, volumes } = engine.look();
    const isThere = (names: readonly string[], all: readonly { readonly name: string }[]): string[] =>
      names.filter((name) => !all.some((one) => one.name === name)).map((name) => `${name} of others is gone`);
    const stopped = containers.filter(({ name, state }) => CONTAINERS.includes(name) && state !== 'running');
    const moved = containers.filter(
      ({ name, addresses }) => CONTAINERS.includes(name) && Object.keys(addresses).length !== 1,
    );
    return [
      ...isThere(NETWORKS, networks),
      ...isThere(CONTAINERS, containers),
      ...isThere(VOLUMES, volumes),
      ...stopped.map(({ name, state }) => `${name} of others is ${state}`),
      ...moved.map(({ name }) => `${name} of others has other addresses`),
    ];
  },
});
