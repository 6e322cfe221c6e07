import { expect, test } from '@jest/globals';
import { FakeClock } from '../../runtime/clock.ts';
import { chooseDataplane } from './choose.ts';
import type { DataplaneKind } from './choose.ts';
import type { Output, Tools } from './tools.ts';

const { signal } = new AbortController();

const toolsThatSay = (output: Output): Tools => ({
  run: () => Promise.resolve(output),
  follow: () => (async function* () {})(),
  getSysctl: () => Promise.resolve(undefined),
  setSysctl: () => Promise.resolve(),
});
const ABLE = toolsThatSay({ exitCode: 0, stdout: 'IP Virtual Server version 1.2.1', stderr: '' });
const UNABLE = toolsThatSay({ exitCode: 2, stdout: '', stderr: "Can't initialize ipvs: Protocol not available\n" });

const chosen = async (tools: Tools, kind: DataplaneKind): Promise<readonly string[]> => {
  const dataplane = await chooseDataplane({ tools, clock: new FakeClock(), instance: 'qbo', kind }, signal);
  const able = await dataplane.describe(signal);
  return [able.kind, able.why];
};

test('IPVS is taken where the kernel has it, and nftables where it says that it has not', async () => {
  expect(await chosen(ABLE, 'Auto')).toEqual(['IPVS', 'the kernel has ip_vs']);
  expect(await chosen(UNABLE, 'Auto')).toEqual([
    'nftables',
    "the kernel has no ip_vs (Can't initialize ipvs: Protocol not available)",
  ]);
});

test('the operator can be told otherwise', async () => {
  expect((await chosen(ABLE, 'nftables'))[0]).toBe('nftables');
  expect((await chosen(UNABLE, 'IPVS'))[0]).toBe('IPVS');
});
