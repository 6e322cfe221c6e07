import { afterAll } from '@jest/globals';
import { dataplaneContract } from '../../../controllers/backends/dataplane.contract.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { NftablesDataplane } from '../../../controllers/backends/dataplane/nftables/dataplane.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, NETFILTER_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { countingWrites } from '../../fixtures/netns/counting-writes.ts';
import { Namespace } from '../../fixtures/netns/namespace.ts';

let host: Namespace | undefined;

afterAll(async () => {
  await host?.remove();
});

dataplaneContract('nftables in a network namespace', async () => {
  await ensureKernelTools(NETFILTER_TOOLS);
  const namespace = (host = await Namespace.make('nft'));
  const sh = (script: string): Promise<string> => namespace.sh(script);
  const act = async (script: string): Promise<void> => {
    await sh(script);
  };
  // As on a host with Docker: its filter, and another installation of ours.
  await sh(`ip link add br-first type bridge; ip link add br-second type bridge
    ip link set br-first up; ip link set br-second up
    iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER; iptables-nft -A DOCKER-USER -j RETURN`);
  const mark = markOf('contract');
  const { tools, writes } = countingWrites(localTools({ prefix: namespace.prefix }));
  const dataplane = new NftablesDataplane({ tools, mark, clock: new SystemClock(), why: 'the test wants it' });

  return {
    dataplane,
    interfaces: ['br-first', 'br-second'],
    outside: {
      flush: () => act(`nft delete table inet ${mark.table}`),
      removeMember: async (service, member) => {
        const chain = `svc-${service.protocol.toLowerCase()}-${service.address}-${String(service.port)}`;
        const listed = await sh(`nft -a list chain inet ${mark.table} ${chain}`);
        const handle = /comment "pick rr" # handle (\d+)/.exec(listed)?.[1] ?? '';
        const left = service.members.filter(({ address }) => address !== member.address);
        const slots = left.map(({ address, port }, at) => `${String(at)} : ${address} . ${String(port)}`);
        const rule = `meta l4proto tcp dnat ip to numgen inc mod ${String(left.length)} map { ${slots.join(', ')} } comment "pick rr"`;
        await sh(`nft 'replace rule inet ${mark.table} ${chain} handle ${handle} ${rule}'`);
      },
      removeAddress: (address) => act(`ip addr del ${address}/32 dev br-first`),
      makeForeign: () =>
        act(`nft 'add table inet qbo-lb-other; add chain inet qbo-lb-other svc-tcp-172.31.255.10-80'
          nft 'add rule inet qbo-lb-other svc-tcp-172.31.255.10-80 meta l4proto tcp dnat ip to 10.1.1.1:80'
          ip addr add 172.31.255.77/32 dev br-first; ip addr add 172.31.255.78/32 dev br-first metric 4
          iptables-nft -I DOCKER-USER -s 203.0.113.7 -j DROP`),
      foreign: () =>
        sh(`nft list table inet qbo-lb-other; ip -o addr show | grep -e 172.31.255.7 -e inet6
          iptables-nft -S | grep -v -e qbo-lb-contract`),
      residue: async () => {
        const left = await sh(`nft list tables; ip -o addr show; iptables-nft -S`);
        return left.split('\n').filter((line) => /qbo-lb-contract|172\.31\.255\.1|fd00:31/.test(line));
      },
    },
    writes,
    finish: (promise) => promise,
  };
});
