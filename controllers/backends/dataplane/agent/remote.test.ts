import { describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { FakeClock } from '../../../runtime/clock.ts';
import { dataplaneContract } from '../../dataplane.contract.ts';
import type { Dataplane, Desired, Member, VirtualService } from '../../dataplane.ts';
import { serviceKey } from '../../dataplane.ts';
import { MemoryDataplane } from '../../memory/dataplane.ts';
import { RemoteDataplane } from './remote.ts';
import type { Channel } from './remote.ts';
import { serveDataplane } from './serve.ts';

const { signal } = new AbortController();

/** Helper and operator in one process, with pipes between them. */
function connect(dataplane: Dataplane): Channel {
  const [down, up] = [new PassThrough(), new PassThrough()];
  const served = serveDataplane(dataplane, {
    input: createInterface({ input: down }),
    write: (line) => up.write(`${line}\n`),
  });
  void served.catch(() => undefined).finally(() => up.end());
  return {
    lines: createInterface({ input: up }),
    send: (line) => void down.write(`${line}\n`),
    close: () => void down.end(),
  };
}

const memory = (): MemoryDataplane => {
  const dataplane = new MemoryDataplane({ clock: new FakeClock() });
  dataplane.missingInterfaces.add('no-such-if');
  return dataplane;
};

dataplaneContract('a dataplane behind its helper', () => {
  const behind = memory();
  const meddle = async (edit: (state: Desired) => Desired): Promise<void> => {
    behind.meddle(edit);
  };
  const without =
    (service: VirtualService, member: Member) =>
    (one: VirtualService): VirtualService =>
      serviceKey(one) === serviceKey(service)
        ? { ...one, members: one.members.filter(({ address }) => address !== member.address) }
        : one;
  return {
    dataplane: new RemoteDataplane(() => Promise.resolve(connect(behind))),
    interfaces: ['br-first', 'br-second'],
    outside: {
      flush: () => meddle(({ addresses }) => ({ addresses, services: [] })),
      removeMember: (service, member) =>
        meddle((state) => ({ ...state, services: state.services.map(without(service, member)) })),
      removeAddress: (address) =>
        meddle((state) => ({ ...state, addresses: state.addresses.filter((one) => one.address !== address) })),
      makeForeign: () => Promise.resolve(),
      foreign: () => Promise.resolve(''),
      residue: () => Promise.resolve(Object.values(behind.state).flat().map(String)),
    },
    writes: () => behind.writes,
    finish: (promise) => promise,
  };
});

describe('when the helper', () => {
  test('ends, whoever waits is told, and the next question opens another way', async () => {
    const channels: Channel[] = [];
    const behind = memory();
    const remote = new RemoteDataplane(async () => {
      const channel = connect(behind);
      channels.push(channel);
      return channel;
    });
    await remote.describe(signal);
    const heard = remote.changes(signal)[Symbol.asyncIterator]().next();
    const asked = remote.read(signal);
    channels[0]?.close();
    await Promise.allSettled([asked]);
    expect(await heard).toEqual({ value: undefined, done: true });
    expect((await remote.describe(signal)).kind).toBe('Memory');
    expect(channels).toHaveLength(2);
  });

  test('can not be reached, that is said, and tried again the next time', async () => {
    let isAway = true;
    const remote = new RemoteDataplane(() =>
      isAway ? Promise.reject(new Error('no engine')) : Promise.resolve(connect(memory())),
    );
    await expect(remote.read(signal)).rejects.toThrow('no engine');
    isAway = false;
    expect((await remote.read(signal)).services).toEqual([]);
  });

  test('speaks of something else, it is not listened to', async () => {
    for (const line of ['{"hello":99}', 'Segmentation fault', '{"id":"x"}']) {
      const remote = new RemoteDataplane(async () => ({
        lines: (async function* () {
          yield line;
        })(),
        send: () => undefined,
        close: () => undefined,
      }));
      await expect(remote.read(signal)).rejects.toMatchObject({ code: 'DataplaneUnavailable' });
    }
  });

  test('can not ask the kernel, the reason is the one that it gave', async () => {
    const behind = memory();
    behind.interrupt(true);
    const remote = new RemoteDataplane(async () => connect(behind));
    await expect(remote.read(signal)).rejects.toThrow(
      "The host's load balancing rules can not be read or written: connect ECONNREFUSED.",
    );
  });
});

test('a request that is none ends the helper', async () => {
  for (const line of ['{"id":1,"method":"exec","argv":["sh"]}', '{"id":1,"method":"apply"}', 'GET / HTTP/1.1']) {
    const input = (async function* () {
      yield line;
    })();
    await expect(serveDataplane(memory(), { input, write: () => undefined })).rejects.toThrow();
  }
});
