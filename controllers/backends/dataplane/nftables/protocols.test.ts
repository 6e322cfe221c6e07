import { expect, test } from '@jest/globals';
import type { Tools } from '../tools.ts';
import { trackedProtocols } from './protocols.ts';

const { signal } = new AbortController();

const kernelWith = (sysctls: Readonly<Record<string, string>>): Tools => ({
  run: () => Promise.reject(new Error('nothing is to be run')),
  follow: () => {
    throw new Error('nothing is to be followed');
  },
  getSysctl: (name) => Promise.resolve(sysctls[name]),
  setSysctl: () => Promise.reject(new Error('nothing is to be set')),
});

test('a kernel that tracks SCTP can translate it', async () => {
  const sysctls = {
    'net.netfilter.nf_conntrack_max': '65536',
    'net.netfilter.nf_conntrack_sctp_timeout_established': '210',
  };
  expect(await trackedProtocols(kernelWith(sysctls), signal)).toEqual(['TCP', 'UDP', 'SCTP']);
});

test('a kernel that was built without it is not said to', async () => {
  const tools = kernelWith({ 'net.netfilter.nf_conntrack_max': '65536' });
  expect(await trackedProtocols(tools, signal)).toEqual(['TCP', 'UDP']);
});

test('before anything is tracked, nothing is ruled out', async () => {
  expect(await trackedProtocols(kernelWith({}), signal)).toContain('SCTP');
});
