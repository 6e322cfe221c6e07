import type { Counters, Forwarding, Member, Protocol, Scheduler, VirtualService } from '../../dataplane.ts';
import { endpoint, PROTOCOLS, SCHEDULERS, serviceKey } from '../../dataplane.ts';
import type { Change } from '../diff.ts';

/** What IPVS itself knows of a service. */
export type IpvsService = Pick<
  VirtualService,
  'protocol' | 'address' | 'port' | 'scheduler' | 'forwarding' | 'persistenceSeconds' | 'members'
>;

const PROTOCOL_OPTION = { TCP: '-t', UDP: '-u', SCTP: '--sctp-service' } as const satisfies Record<Protocol, string>;
const FORWARDING_OPTION = { Masquerade: '-m', Direct: '-g', Tunnel: '-i' } as const satisfies Record<
  Forwarding,
  string
>;

const nameOf = <T extends string>(options: Readonly<Record<T, string>>, option: string): T | undefined =>
  (Object.keys(options) as T[]).find((name) => options[name] === option);

/**
 * Reads `ipvsadm -S -n`: lines that would make the same rules again. What has no address of its own (a firewall mark), or a
 * scheduler that we do not know, is not ours, and left out.
 */
export function parseRules(text: string): readonly IpvsService[] {
  const services = new Map<string, IpvsService & { members: Member[]; forwarding: Forwarding }>();
  for (const line of text.split('\n')) {
    const [command, protocolOption = '', at = '', ...rest] = line.trim().split(/\s+/);
    const protocol = nameOf(PROTOCOL_OPTION, protocolOption);
    const place = parseEndpoint(at);
    if (protocol === undefined || place === undefined) continue;
    const key = serviceKey({ protocol, ...place });
    if (command === '-A') addService(services, key, { protocol, ...place }, rest);
    if (command === '-a') addMember(services.get(key), rest);
  }
  return [...services.values()];
}

type Building = IpvsService & { members: Member[]; forwarding: Forwarding };

function addService(
  services: Map<string, Building>,
  key: string,
  identity: Pick<VirtualService, 'protocol' | 'address' | 'port'>,
  options: readonly string[],
): void {
  const scheduler = valueAfter(options, '-s') as Scheduler | undefined;
  if (scheduler === undefined || !SCHEDULERS.includes(scheduler)) return;
  const seconds = valueAfter(options, '-p');
  services.set(key, {
    ...identity,
    scheduler,
    forwarding: 'Masquerade',
    ...(seconds !== undefined && { persistenceSeconds: Number(seconds) }),
    members: [],
  });
}

function addMember(service: Building | undefined, options: readonly string[]): void {
  const place = parseEndpoint(valueAfter(options, '-r') ?? '');
  if (service === undefined || place === undefined) return;
  const forwarding = options.map((option) => nameOf(FORWARDING_OPTION, option)).find((name) => name !== undefined);
  service.members.push({ ...place, weight: Number(valueAfter(options, '-w') ?? '1') });
  if (forwarding !== undefined) service.forwarding = forwarding;
}

function valueAfter(options: readonly string[], option: string): string | undefined {
  const at = options.indexOf(option);
  return at < 0 ? undefined : options[at + 1];
}

/** `10.0.0.1:80` or `[2001:db8::1]:80`. */
export function parseEndpoint(text: string): { readonly address: string; readonly port: number } | undefined {
  const [, six, four, port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d+)$/i.exec(text) ?? [];
  const address = six ?? four;
  return address === undefined ? undefined : { address, port: Number(port) };
}

const at = ({ protocol, address, port }: Pick<VirtualService, 'protocol' | 'address' | 'port'>): string =>
  `${PROTOCOL_OPTION[protocol]} ${endpoint({ address, port })}`;

const manner = ({ scheduler, persistenceSeconds }: VirtualService): string =>
  `-s ${scheduler}${persistenceSeconds === undefined ? '' : ` -p ${String(persistenceSeconds)}`}`;

const memberLine = (command: '-a' | '-e', service: VirtualService, member: Member): string =>
  `${command} ${at(service)} -r ${endpoint(member)} ${FORWARDING_OPTION[service.forwarding]} -w ${String(member.weight)}`;

/** Lines for one `ipvsadm -R`, which takes edits and removals as well as it takes what `-S` prints. */
export function batchOf(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) => {
    switch (change.kind) {
      case 'bind':
      case 'unbind':
        return [];
      case 'addService':
        return [
          `-A ${at(change.service)} ${manner(change.service)}`,
          ...change.service.members.map((member) => memberLine('-a', change.service, member)),
        ];
      case 'removeService':
        return [`-D ${at(change.service)}`];
      case 'editService':
        return editLines(change.before, change.service);
      case 'addMember':
        return [memberLine('-a', change.service, change.member)];
      case 'editMember':
        return [memberLine('-e', change.service, change.member)];
      case 'removeMember':
        return [`-d ${at(change.service)} -r ${endpoint(change.member)}`];
    }
  });
}

/** How packets are forwarded is a matter of each member. */
function editLines(before: VirtualService, after: VirtualService): readonly string[] {
  const kept = before.members.filter((member) => after.members.some((one) => endpoint(one) === endpoint(member)));
  return [
    ...(manner(before) === manner(after) ? [] : [`-E ${at(after)} ${manner(after)}`]),
    ...(before.forwarding === after.forwarding ? [] : kept.map((member) => memberLine('-e', after, member))),
  ];
}

/** Reads `ipvsadm -L -n --stats --exact`, by `serviceKey`. */
export function parseStats(text: string): ReadonlyMap<string, Counters> {
  const counters = new Map<string, Counters>();
  for (const line of text.split('\n')) {
    const [protocol = '', where = '', ...numbers] = line.trim().split(/\s+/);
    const place = parseEndpoint(where);
    if (!isProtocol(protocol) || place === undefined || numbers.length < 5) continue;
    const [connections = 0, inPackets = 0, outPackets = 0, inBytes = 0, outBytes = 0] = numbers.map(Number);
    counters.set(serviceKey({ protocol, ...place }), {
      connections,
      inbound: { packets: inPackets, bytes: inBytes },
      outbound: { packets: outPackets, bytes: outBytes },
    });
  }
  return counters;
}

const isProtocol = (text: string): text is Protocol => (PROTOCOLS as readonly string[]).includes(text);
