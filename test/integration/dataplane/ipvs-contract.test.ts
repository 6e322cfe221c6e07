import { afterAll } from '@jest/globals';
import { dataplaneContract } from '../../../controllers/backends/dataplane.contract.ts';
import { endpoint } from '../../../controllers/backends/dataplane.ts';
import { IpvsDataplane } from '../../../controllers/backends/dataplane/ipvs/dataplane.ts';
import { markOf } from '../../../controllers/backends/dataplane/mark.ts';
import { localTools } from '../../../controllers/backends/dataplane/tools.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { ensureKernelTools, IPVS_TOOLS } from '../../../hack/kernel-tools/ensure-kernel-tools.ts';
import { countingWrites } from '../../fixtures/netns/counting-writes.ts';
import { Namespace } from '../../fixtures/netns/namespace.ts';
import { Kernel } from '../../fixtures/uml/kernel.ts';
import { kernelTools } from '../../fixtures/uml/tools.ts';

let kernel: Kernel | undefined;
let namespace: Namespace | undefined;

afterAll(async () => {
  await kernel?.halt();
  await namespace?.remove();
});

dataplaneContract('IPVS in a kernel of its own', async () => {
  await ensureKernelTools(IPVS_TOOLS);
  const guest = (kernel = await Kernel.boot());
  const act = async (script: string): Promise<void> => {
    await guest.sh(script);
  };
  await act(
    'ip link add br-first type bridge; ip link add br-second type dummy; ip link set br-first up; ip link set br-second up',
  );
  const beside = (namespace = await Namespace.make('ipvs'));
  const mark = markOf('contract');
  const { tools, writes } = countingWrites(kernelTools(guest, localTools({ prefix: beside.prefix })));

  return {
    dataplane: new IpvsDataplane({ tools, mark, clock: new SystemClock(), why: 'the test wants it' }),
    interfaces: ['br-first', 'br-second'],
    outside: {
      flush: async () => {
        await beside.sh(`nft delete table inet ${mark.table}`);
        await act(`ipvsadm -S -n | grep -e '-A -[tu] .*172.31.255.1[01]:' -e '-A -[tu] .fd00:' |
          sed 's/^-A/-D/; s/ -s .*//' | ipvsadm -R`);
      },
      removeMember: ({ address, port }, member) =>
        act(`ipvsadm -d -t ${endpoint({ address, port })} -r ${endpoint(member)}`),
      removeAddress: (address) => act(`ip addr del ${address}/32 dev br-first`),
      makeForeign: async () => {
        await act(`ipvsadm -A -t 10.1.1.1:80 -s lblc; ipvsadm -a -t 10.1.1.1:80 -r 10.2.2.2:80 -m; ipvsadm -A -f 7 -s rr
          ip addr add 172.31.255.77/32 dev br-first; ip addr add 172.31.255.78/32 dev br-first metric 4`);
        await beside.sh(`nft 'add table inet qbo-lb-other
          add set inet qbo-lb-other services4 { type ipv4_addr; elements = { 10.1.1.1 } }'`);
      },
      foreign: async () => {
        const rules = await guest.sh(`ipvsadm -S -n | grep -v -e '172.31.255' -e fd00
          ip -o addr show | grep -e 172.31.255.7`);
        return `${rules}${await beside.sh('nft list table inet qbo-lb-other')}`;
      },
      residue: async () => {
        const left = `${await guest.sh('ip -o addr show; ipvsadm -S -n')}${await beside.sh('nft list tables')}`;
        return left.split('\n').filter((line) => /qbo-lb-contract|172\.31\.255\.1|fd00:31/.test(line));
      },
    },
    histories: 2,
    writes,
    finish: (promise) => promise,
  };
});
