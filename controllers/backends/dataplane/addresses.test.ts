import { expect, test } from '@jest/globals';
import { bindable, parseInterfaces } from './addresses.ts';

const METRIC = 7171;
const json = JSON.stringify([
  { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8 }] },
  {
    ifname: 'br-0123456789ab',
    addr_info: [
      { family: 'inet', local: '172.31.255.1', prefixlen: 24 },
      { family: 'inet', local: '172.31.255.10', prefixlen: 32, metric: METRIC },
      { family: 'inet', local: '172.31.255.11', prefixlen: 32, metric: 9 },
      { family: 'inet', local: '172.31.254.1', prefixlen: 24, metric: METRIC },
      { family: 'inet6', local: '2001:db8:0:0::10', prefixlen: 128, metric: METRIC },
      {},
    ],
  },
]);

test('ours are single addresses with our metric, in canonical form, and all others are not ours', () => {
  const { names, ours, foreign } = parseInterfaces(json, METRIC);
  expect([...names]).toEqual(['lo', 'br-0123456789ab']);
  expect(ours).toEqual([
    { address: '172.31.255.10', interface: 'br-0123456789ab' },
    { address: '2001:db8::10', interface: 'br-0123456789ab' },
  ]);
  expect([...foreign.keys()]).toEqual(['127.0.0.1', '172.31.255.1', '172.31.255.11', '172.31.254.1']);
});

test('an address that the host has itself, or whose interface is missing, can not be bound', () => {
  const interfaces = parseInterfaces(json, METRIC);
  const on = (address: string, name = 'br-0123456789ab') => ({ address, interface: name });
  const { addresses, refused } = bindable(
    [on('172.31.255.10'), on('172.31.255.12'), on('172.31.255.1'), on('172.31.255.13', 'eth9')],
    interfaces,
  );
  expect(addresses.map(({ address }) => address)).toEqual(['172.31.255.10', '172.31.255.12']);
  expect(refused).toEqual([
    { subject: '172.31.255.1', why: 'The host has this address itself, on interface br-0123456789ab.' },
    { subject: '172.31.255.13', why: 'There is no network interface eth9 on the host.' },
  ]);
});

test('a network namespace without anything has nothing', () => {
  expect(parseInterfaces('', METRIC).ours).toEqual([]);
});

test('ports of bridges are told from other interfaces, with whether they send back what came in by them', () => {
  const port = (ifname: string, data: object): object => ({
    ifname,
    master: 'br-0123456789ab',
    linkinfo: { info_slave_data: data },
    addr_info: [],
  });
  const links = [port('veth1', { hairpin: false }), port('veth2', { hairpin: true }), port('eth1', { ad_mux: 'x' })];
  const { ports } = parseInterfaces(JSON.stringify([...links, { ifname: 'eth0', addr_info: [] }]), METRIC);
  expect(ports).toEqual([
    { name: 'veth1', bridge: 'br-0123456789ab', isHairpin: false },
    { name: 'veth2', bridge: 'br-0123456789ab', isHairpin: true },
  ]);
});
