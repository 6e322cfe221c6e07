import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseRoutes, procHost } from './host.ts';

const TABLE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0                                                                               
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0                                                                               
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0                                                                            
tun0\t0100000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0                                                                               
`;

const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 4
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/31 1 0 0
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     +-- 192.0.2.0/30 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.2
           /32 link UNICAST
           /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
Local:
     |-- 192.0.2.2
        /32 host LOCAL
`;
const INET6 = `00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000007 0a 80 00 80     eth0
`;

let folder: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-'));
  await mkdir(join(folder, 'fs/inotify'), { recursive: true });
  await writeFile(join(folder, 'route'), TABLE);
  await writeFile(join(folder, 'fib_trie'), TRIE);
  await writeFile(join(folder, 'fs/inotify/max_user_instances'), '128\n');
  await writeFile(join(folder, 'fs/inotify/max_user_watches'), '65536\n');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('routes are read with their prefix lengths; the default route and the heading are not routes in the way', () => {
  expect(parseRoutes(TABLE)).toEqual([
    { destination: '192.0.2.0/24', device: 'eth0' },
    { destination: '172.17.0.0/16', device: 'docker0' },
    { destination: '10.0.0.1/32', device: 'tun0' },
  ]);
  expect(parseRoutes('')).toEqual([]);
});

test('routes and limits come from the files that were named', async () => {
  const host = procHost({ routesPath: join(folder, 'route'), sysctlPath: folder });
  expect(await host.routes(signal)).toEqual(parseRoutes(TABLE));
  expect(await host.inotify(signal)).toEqual({ maxUserInstances: 128, maxUserWatches: 65_536 });
});

test('the addresses of a host are those that its routes lead to itself by, beside what goes out or to all', async () => {
  const host = procHost({ routesPath: join(folder, 'route') });
  expect([...(await host.addresses(signal))]).toEqual(['127.0.0.1', '192.0.2.2']);
  await writeFile(join(folder, 'if_inet6'), INET6);
  expect([...(await host.addresses(signal))]).toEqual(['127.0.0.1', '192.0.2.2', '::1', '2001:db8::7']);
  expect(await procHost({ routesPath: '/proc/net/route' }).addresses(signal)).toContain('127.0.0.1');
});

test('a host whose files are not there is no host without routes', async () => {
  await expect(procHost({ routesPath: join(folder, 'none') }).routes(signal)).rejects.toThrow('ENOENT');
});
