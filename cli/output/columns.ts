/** What a table shows of each kind of rows. */
import type { PayloadKey } from '../../api/wire/message.ts';
import type { Row } from '../connection/received.ts';
import { oneLine } from './plain.ts';

export interface Column {
  readonly header: string;
  readonly value: (row: Row) => string;
  /** Only with `-o wide`. */
  readonly isWide?: true;
  /** On a narrow terminal it is shortened first, then left out. */
  readonly isExtra?: true;
  /** Coloured by what it says. */
  readonly isState?: true;
}

/** How a kind is shown, and told apart. */
export interface Kind {
  /** Several of them, for people. */
  readonly title: string;
  readonly columns: readonly Column[];
  /** The same row has the same key when it comes again. */
  readonly key: (row: Row) => string;
  /** What `-o name` prints: what the command line takes as a name. */
  readonly name: (row: Row) => string;
}

const text = (value: unknown): string => {
  if (typeof value === 'string') return oneLine(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === undefined || value === null ? '' : oneLine(JSON.stringify(value));
};

const of =
  (field: string): Column['value'] =>
  (row) =>
    text(row[field]);
const column = (header: string, field: string): Column => ({ header, value: of(field) });
const extra = (header: string, field: string): Column => ({ ...column(header, field), isExtra: true });
const wide = (header: string, field: string): Column => ({ ...extra(header, field), isWide: true });
const state = (header: string, field: string): Column => ({ ...column(header, field), isState: true });
/** Ids by their first eight digits, which commands take as well. */
const short: Column = { header: 'ID', value: (row) => text(row['id']).slice(0, 8) };
const yesNo = (header: string, field: string): Column => ({
  header,
  value: (row) => (Number(row[field]) > 0 ? 'yes' : 'no'),
});
const choice = (
  header: string,
  field: string,
  words: Readonly<Record<string, string>> | readonly string[],
): Column => ({
  header,
  value: (row) => new Map(Object.entries(words)).get(text(row[field])) ?? text(row[field]),
});
/** `192.0.2.4:443`, `[2001:db8::4]:443` */
const endpoint = (row: Row, field: 'vip' | 'rip'): string => {
  const [address, port] = [text(row[field]), text(row[`${field}_port`])];
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
};
/** As commands take it: a prefix is said of a block alone. */
const block = (row: Row): string => {
  const [address, prefix] = [text(row['address']), text(row['prefixlen'])];
  const isWhole = address.includes('-') || prefix === (address.includes(':') ? '128' : '32');
  return isWhole ? address : `${address}/${prefix}`;
};
const time = (header: string, field: string): Column => ({
  header,
  value: (row) => {
    const at = new Date(Number(row[field]) / 1000);
    return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 19).replace('T', ' ');
  },
});

const by =
  (...fields: readonly string[]): Kind['key'] =>
  (row) =>
    fields.map((field) => text(row[field])).join('\n');
const name = of('name');
const USER = wide('USER', 'user');

export const KINDS: Readonly<Partial<Record<PayloadKey, Kind>>> = {
  clusters: {
    title: 'clusters',
    columns: [
      column('NAME', 'name'),
      short,
      state('STATE', 'state'),
      column('ADDRESS', 'address'),
      extra('CONTROL PLANE', 'control_plane'),
      wide('CLUSTER ID', 'id'),
      USER,
    ],
    key: by('id'),
    name,
  },
  nodes: {
    title: 'nodes',
    columns: [
      column('NAME', 'name'),
      short,
      column('CLUSTER', 'cluster'),
      state('STATE', 'state'),
      choice('TYPE', 'type', ['control', 'worker']),
      column('ADDRESS', 'address'),
      extra('IMAGE', 'image'),
      wide('OS', 'os'),
      wide('KERNEL', 'kernel'),
      USER,
    ],
    key: by('cluster_id', 'name'),
    name,
  },
  pods: {
    title: 'pods',
    columns: [
      column('NAMESPACE', 'namespace'),
      column('NAME', 'name'),
      column('CLUSTER', 'cluster'),
      state('STATUS', 'status'),
      yesNo('READY', 'ready'),
      column('ADDRESS', 'address'),
      column('NODE', 'node'),
      { ...short, isWide: true },
      wide('NODE STATUS', 'node_status'),
      USER,
    ],
    key: by('cluster_id', 'id'),
    name,
  },
  services: {
    title: 'services',
    columns: [
      column('NAMESPACE', 'namespace'),
      column('NAME', 'name'),
      column('CLUSTER', 'cluster'),
      column('TYPE', 'type'),
      column('ADDRESS', 'address'),
      column('EXTERNAL', 'external_address'),
      { header: 'PORT', value: (row) => `${text(row['port_number'])}/${text(row['protocol'])}` },
      wide('PORT NAME', 'port_name'),
      wide('TARGET', 'target_port'),
      { header: 'NODE PORT', value: (row) => (row['node_port'] === 0 ? '' : text(row['node_port'])) },
      USER,
    ],
    key: by('cluster', 'id', 'port_name', 'port_number', 'protocol'),
    name,
  },
  networks: {
    title: 'networks',
    columns: [column('NAME', 'name'), short, column('SUBNET', 'subnet'), state('STATE', 'state'), USER],
    key: by('id'),
    name,
  },
  ipvs: {
    title: 'load balancers',
    columns: [
      { header: 'VIRTUAL', value: (row) => endpoint(row, 'vip') },
      choice('PROTOCOL', 'protocol', { t: 'TCP', u: 'UDP', s: 'SCTP' }),
      { header: 'REAL', value: (row) => endpoint(row, 'rip') },
      extra('NODE', 'node'),
      column('CLUSTER', 'cluster'),
      state('STATE', 'state'),
      column('WEIGHT', 'weight'),
      extra('CONNS', 'conns'),
      wide('SCHEDULER', 'scheduler'),
      wide('FORWARD', 'forward'),
      wide('LOAD BALANCER', 'balancer'),
      wide('WHY', 'message'),
      USER,
    ],
    key: by('vip', 'vip_port', 'protocol', 'rip', 'rip_port', 'user', 'balancer'),
    name: of('vip'),
  },
  addresses: {
    title: 'addresses',
    columns: [
      { header: 'ADDRESS', value: block },
      column('INTERFACE', 'ifname'),
      state('STATE', 'operstate'),
      column('USED', 'used'),
      column('POOL', 'pool'),
    ],
    key: by('pool', 'address', 'prefixlen'),
    name: block,
  },
  users: {
    title: 'users',
    columns: [
      column('NAME', 'name'),
      column('EMAIL', 'email'),
      choice('ROLE', 'type', ['user', 'admin']),
      choice('STATUS', 'status', ['out', 'in']),
      yesNo('SELF', 'self'),
      wide('UUID', 'uuid'),
    ],
    key: by('name'),
    name,
  },
  clients: {
    title: 'clients',
    columns: [
      column('USER', 'user'),
      column('ADDRESS', 'address'),
      extra('AGENT', 'agent'),
      time('SINCE (UTC)', 'timestamp'),
      yesNo('SELF', 'control'),
      extra('COMMAND', 'command'),
      wide('MIRROR', 'mirror'),
      wide('CONNECTION', 'wsi'),
    ],
    key: by('host', 'process_id', 'wsi'),
    name: of('wsi'),
  },
  images: {
    title: 'images',
    columns: [column('NAME', 'name'), column('TAG', 'tag'), wide('REGISTRY', 'registry'), wide('USER', 'user')],
    key: by('name'),
    name,
  },
  instances: {
    title: 'instances',
    columns: [column('NAME', 'name'), short, state('STATE', 'state'), USER],
    key: by('id'),
    name,
  },
  version: {
    title: 'versions',
    columns: [column('VERSION', 'qbo'), column('ARCH', 'arch'), column('DOCKER', 'docker'), column('HOST', 'host')],
    key: by('qbo', 'host'),
    name: of('qbo'),
  },
  cli: {
    title: 'configuration',
    columns: [
      column('HOST', 'qbo_host'),
      column('PORT', 'qbo_port'),
      column('USER', 'qbo_user'),
      column('AUX', 'qbo_aux'),
      {
        header: 'UID',
        value: ({ qbo_uid: uid }) =>
          typeof uid === 'object' && uid !== null ? 'public key of a service account' : text(uid),
      },
    ],
    key: by('qbo_host', 'qbo_port'),
    name: of('qbo_host'),
  },
};
