import { describe, expect, jest, test } from '@jest/globals';
import type { Cluster } from '../../crds/cluster.ts';
import { ClusterKind } from '../../crds/cluster.ts';
import type { Containers } from '../../controllers/backends/containers.ts';
import type { Dataplane } from '../../controllers/backends/dataplane.ts';
import type { LoadBalancer } from '../../crds/load-balancer.ts';
import type { KubeClient } from '../../controllers/kube/client.ts';
import type { Outside } from '../fixtures/world/simulation.ts';
import { BALANCING_DEEDS } from './deeds/balancing.ts';
import { keepsItsPromises } from './promise.ts';

jest.setTimeout(300_000);

type Containing = (real: Containers) => Partial<Containers>;
type Speaking = (real: KubeClient) => Partial<KubeClient>;

/** The same, but for these methods. */
function instead<T extends object>(real: T, methods: Partial<T>): T {
  return new Proxy(real, {
    get: (_, name) => (name in methods ? Reflect.get(methods, name) : Reflect.get(real, name)) as unknown,
  });
}

const containers =
  (wrong: Containing) =>
  (outside: Outside): Outside => ({ ...outside, containers: instead(outside.containers, wrong(outside.containers)) });

const dataplane =
  (wrong: (real: Dataplane) => Partial<Dataplane>) =>
  (outside: Outside): Outside => ({
    ...outside,
    ...(outside.dataplane && { dataplane: instead(outside.dataplane, wrong(outside.dataplane)) }),
  });

const kube =
  (wrong: Speaking) =>
  (outside: Outside): Outside => ({ ...outside, kube: instead(outside.kube, wrong(outside.kube)) });

interface Broken {
  readonly operator: string;
  readonly mutate: (outside: Outside) => Outside;
  readonly says: RegExp;
}

/** Operators that are wrong, each in its own way, and what has to be said of them. */
const BROKEN: readonly Broken[] = [
  {
    operator: 'does not find the container that it made',
    mutate: containers((real) => {
      let made = 0;
      return {
        findByOwner: async () => [],
        create: (spec, signal) => real.create({ ...spec, name: `${spec.name}-${String(++made)}` }, signal),
      };
    }),
    says: /two containers of one node/,
  },
  {
    operator: 'removes whatever runs beside what is its own',
    mutate: containers((real) => ({
      remove: async (id, signal) => {
        await real.remove(id, signal);
        await real.remove('printer', signal);
      },
    })),
    says: /remove of printer, which is not ours/,
  },
  {
    operator: 'thinks that a container is gone when it has asked for it',
    mutate: containers(() => ({ remove: () => Promise.resolve() })),
    says: /left behind: control-/,
  },
  {
    operator: 'forgets volumes',
    mutate: containers((real) => ({ volumes: instead(real.volumes, { list: async () => [] }) })),
    says: /went before .*-var/,
  },
  {
    operator: 'knows better than the user how many workers there should be',
    mutate: kube((real) => ({
      apply: async (type, object, options, signal) => {
        const written = await real.apply(type, object, options, signal);
        const { kind, metadata } = written;
        const { spec } = written as unknown as Cluster;
        if (kind === 'Cluster' && spec.workers > 1) {
          await real.mergePatch(
            ClusterKind,
            { namespace: metadata.namespace ?? '', name: metadata.name },
            { spec: { workers: 1 } },
            signal,
          );
        }
        return written;
      },
    })),
    says: /the operator wrote what a user says of Cluster/,
  },
  {
    operator: 'writes what is written already',
    mutate: kube(() => ({ get: () => Promise.resolve(undefined) })),
    says: /It does not come to rest/,
  },
  {
    operator: 'scales up but never down',
    mutate: kube((real) => ({
      delete: async (type, key, options, signal) => {
        if (type.kind === 'Node' && options.uid !== undefined) return;
        await real.delete(type, key, options, signal);
      },
    })),
    says: /It does not come to rest|not Ready|left behind/,
  },
];

/** The same where load is balanced. */
const BROKEN_BALANCERS: readonly Broken[] = [
  {
    operator: 'clears the host when it starts',
    mutate: dataplane((real) => {
      let isFirst = true;
      return {
        apply: (desired, signal) => {
          const wanted = isFirst ? { addresses: [], services: [] } : desired;
          isFirst = false;
          return real.apply(wanted, signal);
        },
      };
    }),
    says: /was taken from the host/,
  },
  {
    operator: 'does not hear that somebody else has changed the rules',
    mutate: dataplane((real) => {
      let told = '';
      return {
        apply: (desired, signal) => {
          const isSame = JSON.stringify(desired) === told;
          told = JSON.stringify(desired);
          return isSame ? Promise.resolve({ changed: 0, refused: [] }) : real.apply(desired, signal);
        },
      };
    }),
    says: /not on the host|is not bound|should not be on the host/,
  },
  {
    operator: 'forgets to take away what nobody asks for any more',
    mutate: dataplane((real) => ({
      apply: async (desired, signal) => {
        const { services, addresses } = await real.read(signal);
        const old = services.filter(
          (one) => !desired.services.some((other) => other.port === one.port && other.address === one.address),
        );
        return real.apply(
          {
            addresses: addresses.length > 0 ? addresses.concat(desired.addresses) : desired.addresses,
            services: [...desired.services, ...old],
          },
          signal,
        );
      },
    })),
    says: /should not be on the host|left behind: (rule|address)/,
  },
  {
    operator: 'gives everybody the same address',
    mutate: kube((real) => ({
      apply: (type, object, options, signal) => {
        const { kind, status } = object as Partial<LoadBalancer>;
        const isGiven = kind === 'LoadBalancer' && status?.address !== undefined;
        const given = isGiven ? { ...object, status: { ...status, address: '192.0.2.10' } } : object;
        return real.apply(type, given, options, signal);
      },
    })),
    says: /was given to|is of both|moved from|does not come to rest/,
  },
];

const actionsIn = (message: string): number => message.split('\n').filter((line) => / ms later: /.test(line)).length;

describe('an operator is found out, by a history that is as short as can be, when it', () => {
  test.each(BROKEN)('$operator', async ({ mutate, says }) => {
    const outcome = keepsItsPromises({ seed: 1, runs: 200, world: { mutate } });
    const message = await outcome.then(
      () => 'nothing was found',
      (error: unknown) => (error as Error).message,
    );
    expect(message).toMatch(says);
    expect(message).toMatch(/QBO_SIM_SEED=1 QBO_SIM_PATH=[\d:]+ make test-sim TESTS=histories-1/);
    expect(actionsIn(message)).toBeGreaterThan(0);
    expect(actionsIn(message)).toBeLessThanOrEqual(3);
  });
});

describe('one that balances load is found out when it', () => {
  test.each(BROKEN_BALANCERS)('$operator', async ({ mutate, says }) => {
    const deeds = [...Object.keys(BALANCING_DEEDS), 'scale', 'operatorIsKilled'];
    const outcome = keepsItsPromises({ seed: 1, runs: 200, balancing: true, deeds, world: { mutate } });
    const message = await outcome.then(
      () => 'nothing was found',
      (error: unknown) => (error as Error).message,
    );
    expect(message).toMatch(says);
    expect(actionsIn(message)).toBeGreaterThan(0);
    expect(actionsIn(message)).toBeLessThanOrEqual(4);
  });
});

test('a path leads to the history that was found, and to no other', async () => {
  const { mutate } = BROKEN[0]!;
  const found = await keepsItsPromises({ seed: 5, runs: 50, world: { mutate } }).catch(
    (error: unknown) => error as Error,
  );
  const path = /QBO_SIM_PATH=([\d:]+)/.exec(found?.message ?? '')?.[1];
  const again = await keepsItsPromises({ seed: 5, runs: 1, path, world: { mutate } }).catch(
    (error: unknown) => error as Error,
  );
  const historyIn = (message = ''): string | undefined => /In a world of[^]*?\n\n/.exec(message)?.[0];
  expect(historyIn(again?.message)).toBe(historyIn(found?.message));
  expect(historyIn(again?.message)).toBeDefined();
});
