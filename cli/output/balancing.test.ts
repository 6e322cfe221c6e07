import { expect, test } from '@jest/globals';
import { parseCommand } from '../../api/wire/command.ts';
import type { Payload } from '../../api/wire/message.ts';
import type { AddressRow, IpvsRow } from '../../api/wire/rows.ts';
import { FakeClock } from '../../controllers/runtime/clock.ts';
import { MemoryTerminal } from '../../test/fixtures/cli/memory-terminal.ts';
import { speechOf } from '../../test/fixtures/cli/messages.ts';
import { readMessage } from '../connection/received.ts';
import { choosePrinter, type Format } from './choose.ts';

const ID = '66fac858-a271-49cf-bad0-fdd9ff0b4787';

async function printed(line: string, payload: Payload, format?: Format): Promise<readonly string[]> {
  const terminal = new MemoryTerminal({ isInteractive: true, columns: 200 });
  const options = { hasHeader: true, ...(format === undefined ? {} : { format }) };
  const printer = await choosePrinter(parseCommand(line), options, terminal, new FakeClock());
  const received = readMessage(speechOf(line, ID).say(payload));
  printer.show({ ...received, isSnapshot: true });
  printer.finish();
  return terminal.out.trimEnd().split('\n');
}

const server = (more: Partial<IpvsRow>): IpvsRow => ({
  id: '98650026'.repeat(8),
  vip: '192.0.2.4',
  vip_port: '53',
  rip: '172.18.0.4',
  rip_port: '30053',
  aux: '',
  protocol: 'u',
  scheduler: 'rr',
  forward: 'm',
  weight: 1,
  state: 'ready',
  node: 'node-1.localhost',
  cluster: 'alex',
  user: 'alex@example.com',
  balancer: 'alex-dns',
  conns: 7,
  ...more,
});

const given = (address: string, prefixlen: number): AddressRow => ({
  address,
  prefixlen,
  ifname: 'eth0',
  operstate: 'UP',
  aux: '',
  status: 0,
  type: 1,
  pool: 'host',
  used: 0,
});

test('what is balanced is a table of ports and who answers there', async () => {
  const lines = await printed('get ipvs', {
    ipvs: [
      server({}),
      server({ vip: '2001:db8::4', vip_port: '443', rip: '2001:db8::9', protocol: 't', state: 'running' }),
    ],
  });
  expect(lines.map((line) => line.split(/ {2,}/).slice(0, 7))).toEqual([
    ['VIRTUAL', 'PROTOCOL', 'REAL', 'NODE', 'CLUSTER', 'STATE', 'WEIGHT'],
    ['192.0.2.4:53', 'UDP', '172.18.0.4:30053', 'node-1.localhost', 'alex', 'ready', '1'],
    ['[2001:db8::4]:443', 'TCP', '[2001:db8::9]:30053', 'node-1.localhost', 'alex', 'running', '1'],
  ]);
});

test('addresses are written as commands take them', async () => {
  const rows = [
    given('192.0.2.4', 32),
    given('192.0.2.8', 29),
    given('192.0.2.20-192.0.2.29', 32),
    given('2001:db8::4', 128),
  ];
  const names = await printed('get networks -H', { addresses: rows }, 'name');
  expect(names).toEqual(['192.0.2.4', '192.0.2.8/29', '192.0.2.20-192.0.2.29', '2001:db8::4']);
  expect(parseCommand(`delete network ${names.join(' ')}`).names).toEqual(names);
});
