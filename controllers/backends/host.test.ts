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

let folder: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-'));
  await mkdir(join(folder, 'fs/inotify'), { recursive: true });
  await writeFile(join(folder, 'route'), TABLE);
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

test('a host whose files are not there is no host without routes', async () => {
  await expect(procHost({ routesPath: join(folder, 'none') }).routes(signal)).rejects.toThrow('ENOENT');
});
