import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyService } from '../../dataplane.contract.ts';
import type { VirtualService } from '../../dataplane.ts';
import { serviceKey } from '../../dataplane.ts';
import { canonical } from '../canonical.ts';
import { diff } from '../diff.ts';
import { batchOf, parseRules, parseStats } from './rules.ts';

const NOTHING = { addresses: [], services: [] };

test('what ipvsadm saves is read, also in forms that we never write', () => {
  const saved = [
    '-A -t 172.31.255.10:80 -s wrr -p 300',
    '-a -t 172.31.255.10:80 -r 10.0.0.1:30080 -m -w 3',
    '-a -t 172.31.255.10:80 -r 10.0.0.2:30080 -m -w 0',
    '-A -u [2001:db8::1]:53 -s mh -p 60 -M 128 -b mh-fallback',
    '-a -u [2001:db8::1]:53 -r [fd00::1]:53 -i -w 1 --tun-type ipip',
    '-A --sctp-service 10.1.1.1:9 -s rr',
    '-A -f 7 -s rr',
    '-a -f 7 -r 10.0.0.9:0 -g -w 1',
    '-A -t 10.1.1.2:9 -s lblcr',
    '-a -t 10.1.1.2:9 -r 10.0.0.9:9 -g -w 1',
    '',
  ].join('\n');
  expect(parseRules(saved)).toEqual([
    {
      protocol: 'TCP',
      address: '172.31.255.10',
      port: 80,
      scheduler: 'wrr',
      forwarding: 'Masquerade',
      persistenceSeconds: 300,
      members: [
        { address: '10.0.0.1', port: 30080, weight: 3 },
        { address: '10.0.0.2', port: 30080, weight: 0 },
      ],
    },
    {
      protocol: 'UDP',
      address: '2001:db8::1',
      port: 53,
      scheduler: 'mh',
      forwarding: 'Tunnel',
      persistenceSeconds: 60,
      members: [{ address: 'fd00::1', port: 53, weight: 1 }],
    },
    { protocol: 'SCTP', address: '10.1.1.1', port: 9, scheduler: 'rr', forwarding: 'Masquerade', members: [] },
  ]);
});

test('what is written for new services is what is read of them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyService('Masquerade'), { maxLength: 4, selector: serviceKey }), (services) => {
      const wanted = canonical({ addresses: [], services });
      const read = parseRules(batchOf(diff(NOTHING, wanted)).join('\n'));
      const known = ({
        protocol,
        address,
        port,
        scheduler,
        forwarding,
        persistenceSeconds,
        members,
      }: VirtualService) => ({
        ...{ protocol, address, port, scheduler, forwarding, members },
        ...(persistenceSeconds !== undefined && { persistenceSeconds }),
      });
      expect(read).toEqual(wanted.services.map(known));
    }),
  );
});

test('one change is one line, and another forwarding is one for each member', () => {
  const web: VirtualService = {
    owner: 'web',
    protocol: 'TCP',
    address: '10.1.1.1',
    port: 80,
    scheduler: 'rr',
    forwarding: 'Masquerade',
    members: [
      { address: '10.0.0.1', port: 80, weight: 1 },
      { address: '10.0.0.2', port: 80, weight: 1 },
    ],
  };
  const lines = (after: Partial<VirtualService>): readonly string[] =>
    batchOf(diff({ addresses: [], services: [web] }, { addresses: [], services: [{ ...web, ...after }] }));
  expect(lines({ scheduler: 'sh', persistenceSeconds: 9 })).toEqual(['-E -t 10.1.1.1:80 -s sh -p 9']);
  expect(lines({ members: [web.members[0]!] })).toEqual(['-d -t 10.1.1.1:80 -r 10.0.0.2:80']);
  expect(lines({ members: [{ ...web.members[0]!, weight: 0 }, web.members[1]!] })).toEqual([
    '-e -t 10.1.1.1:80 -r 10.0.0.1:80 -m -w 0',
  ]);
  expect(lines({ forwarding: 'Direct' })).toEqual([
    '-e -t 10.1.1.1:80 -r 10.0.0.1:80 -g -w 1',
    '-e -t 10.1.1.1:80 -r 10.0.0.2:80 -g -w 1',
  ]);
  // Whose it is and who may use it, IPVS does not know.
  expect(lines({ owner: 'other', sourceRanges: ['10.0.0.0/8'], keepsSource: true })).toEqual([]);
});

test('counters are read of services, not of their members', () => {
  const stats = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  172.31.255.10:80                   40      240      160    13280    20320
  -> 10.0.0.1:80                        20      120       80     6640    10160
UDP  [2001:db8::1]:53                    1        2        3        4        5
`;
  expect([...parseStats(stats)]).toEqual([
    [
      'TCP 172.31.255.10:80',
      { connections: 40, inbound: { packets: 240, bytes: 13280 }, outbound: { packets: 160, bytes: 20320 } },
    ],
    ['UDP [2001:db8::1]:53', { connections: 1, inbound: { packets: 2, bytes: 4 }, outbound: { packets: 3, bytes: 5 } }],
  ]);
});
