import { z } from 'zod';

/** Fields are named as QBO names them. What is ours alone is optional, and its description says so. */

const email = () => z.string().max(320).meta({ format: 'email' }).describe('E-mail of the user whose object it is.');
const clusterName = () => z.string().max(64).describe('Name of the cluster.');
const clusterId = () => z.guid().describe('Id of the cluster.');
const ip = (what: string) => z.string().max(45).describe(what);
const port = (what: string) => z.int().min(0).max(65_535).describe(what);
const flag = (what: string) => z.literal([0, 1]).describe(what);

/** What state a row may have that is not told by containers: only that it is gone. */
const gone = () =>
  z
    .literal('deleted')
    .describe('Ours. Present once, in the last row of an object that is watched: it is gone.')
    .exactOptional();

export const stateSchema = z
  .enum(['created', 'running', 'ready', 'exited', 'paused', 'deleted'])
  .describe(
    'created: declared, not started yet; running: its containers run; ready: it can be used; exited: stopped; ' +
      'paused: frozen in memory (ours); deleted: gone, the last row of an object that is watched (ours).',
  );

export const clusterRow = z.object({
  name: clusterName(),
  id: clusterId(),
  state: stateSchema,
  address: ip('Address of its Kubernetes API; empty before it has one.'),
  control_plane: z.string().max(253).describe('Name of its first control plane node; empty before there is one.'),
  user: email(),
});

export const nodeRow = z.object({
  name: z.string().max(253).describe('Full name of the node, which is its name in Kubernetes as well.'),
  id: z
    .string()
    .regex(/^([0-9a-f]{64})?$/)
    .describe('Id of its container: 64 hexadecimal digits; empty before there is one.'),
  image: z.string().max(255).describe('Node image, without the registry.'),
  cluster: clusterName(),
  state: stateSchema,
  address: ip('Address in the network of its cluster; empty before it has one.'),
  os: z.string().max(256).describe('Operating system as Kubernetes knows it; empty until the node is ready.'),
  kernel: z.string().max(256).describe('Kernel version as Kubernetes knows it; empty until the node is ready.'),
  user: email(),
  cluster_id: clusterId(),
  type: flag('0 for a control plane node, 1 for a worker.').exactOptional(),
});

export const podRow = z.object({
  name: z.string().max(253).describe('Name of the pod.'),
  id: z.guid().describe('Uid of the pod in its cluster.'),
  namespace: z.string().max(63).describe('Namespace of the pod in its cluster.'),
  address: ip('Address of the pod; empty before it has one.'),
  status: z.string().max(256).describe('Phase of the pod, or the reason of a container that waits or has failed.'),
  ready: flag('Whether all its containers are ready.'),
  started: flag('Whether all its containers have started.'),
  node: z.string().max(253).describe('Name of its node; empty before it has one.'),
  node_status: z.string().max(32).describe('State of that node; empty when it is not known.'),
  cluster: clusterName(),
  user: email(),
  cluster_id: clusterId(),
  state: gone(),
});

export const serviceRow = z
  .object({
    name: z.string().max(253).describe('Name of the service.'),
    id: z.guid().describe('Uid of the service in its cluster.'),
    namespace: z.string().max(63).describe('Namespace of the service in its cluster.'),
    address: z.string().max(45).describe('Cluster address; `None` when it is headless, empty when it has none.'),
    external_address: z.string().max(253).describe('Address from outside the cluster; empty when it has none.'),
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).describe('Type of the service.'),
    port_name: z.string().max(63).describe('Name of the port; empty when it has none.'),
    port_number: port('Port of the service; 0 when it has none.'),
    target_port: z
      .union([z.int().min(0).max(65_535), z.string().max(63)])
      .describe('Port of the pods, by number or by name.'),
    node_port: port('Port of every node; 0 when it has none.'),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']).describe('Protocol of the port.'),
    cluster: clusterName(),
    user: email(),
    state: gone(),
  })
  .describe('One port of a service.');

export const networkRow = z.object({
  name: z.string().max(64).describe('Name of the network: that of its cluster.'),
  id: z.guid().describe('Id of the cluster that it belongs to.'),
  subnet: z.string().max(43).describe('Block of its addresses, such as 172.18.0.0/24; empty before it has one.'),
  state: stateSchema,
  user: email(),
});

const total = (what: string) => z.int().min(0).meta({ format: 'int64' }).describe(what).exactOptional();

export const ipvsRow = z
  .object({
    id: z.string().max(64).describe('Id of the container of the node behind it; empty when it is no node.'),
    vip: ip('Virtual address.'),
    vip_port: z.string().max(11).describe('Port of the virtual address, or a range of them such as 8000-8009 (ours).'),
    rip: ip('Address of the real server.'),
    rip_port: z.string().max(11).describe('Port of the real server, or a range of them (ours).'),
    aux: z.string().max(256).describe('Reserved; empty.'),
    protocol: z.enum(['t', 'u', 's']).describe('t for TCP, u for UDP, s for SCTP.'),
    scheduler: z.string().max(16).describe('Scheduler of the virtual server, such as rr.'),
    forward: z
      .enum(['m', 'g', 'i'])
      .describe('How packets are forwarded: m is masquerading, g is straight to the server, i is through a tunnel.'),
    weight: z.int().min(0).max(65_535).describe('Weight of the real server; 0 drains it.'),
    state: stateSchema.describe(
      'ready: it gets connections; running: it drains, and gets no new ones; created: its port is not balanced yet, `message` ' +
        'says why; deleted: gone, the last row of what is watched (ours).',
    ),
    node: z.string().max(253).describe('Name of the node behind it; empty when it is no node.'),
    cluster: z.string().max(64).describe('Name of the cluster; empty for what is balanced among fixed addresses.'),
    user: email(),
    balancer: z.string().max(253).describe('Ours. Name of the LoadBalancer.').exactOptional(),
    message: z.string().max(1024).describe('Ours. Why the port is not balanced.').exactOptional(),
    conns: total('Ours. Connections to the virtual port since it is balanced, to all its servers together.'),
    inpkts: total('Ours. Packets from clients, likewise.'),
    outpkts: total('Ours. Packets to clients, likewise.'),
    inbytes: total('Ours. Bytes from clients, likewise.'),
    outbytes: total('Ours. Bytes to clients, likewise.'),
  })
  .describe('One real server behind one port of a virtual address.');

export const addressRow = z
  .object({
    address: z
      .string()
      .max(79)
      .describe('An address, the first of a block, or a range such as 192.0.2.20-192.0.2.29 (ours).'),
    prefixlen: z
      .int()
      .min(0)
      .max(128)
      .describe('Length of the prefix: 32 for one IPv4 address, 128 for one IPv6 address.'),
    ifname: z.string().max(15).describe('Network interface of the host that carries it; empty before it is known.'),
    operstate: z.enum(['UP', 'DOWN']).describe('UP once load balancers can have it.'),
    aux: z.string().max(256).describe('Reserved; empty.'),
    status: flag('1 when a load balancer has it, or one of them.'),
    type: flag('1 for what is given to load balancers.'),
    pool: z.string().max(63).describe('Ours. Name of the AddressPool.').exactOptional(),
    used: z.int().min(0).describe('Ours. How many of them load balancers have.').exactOptional(),
    state: gone(),
  })
  .describe('Addresses of the host that load balancers may have.');

const coordinate = () => z.string().regex(/^[A-Za-z0-9_-]{88}$/);

/** A P-521 public key, as in a service account's cli.json. */
const publicKeySchema = z.object({
  crv: z.literal('P-521'),
  kty: z.literal('EC'),
  x: coordinate(),
  y: coordinate(),
});

const confSchema = z
  .object({
    qbo_uid: publicKeySchema.describe('Public key of the service account.'),
    qbo_aux: z.guid().describe('Id of the service account.'),
    qbo_port: port('Port of the bridge.'),
    qbo_host: z.string().max(253).describe('Host name or address of the bridge.'),
    qbo_user: z.string().max(320).describe('E-mail of the user.'),
    d: coordinate()
      .describe('Private part of the key. Only in the reply to who may have it, never in a mirror.')
      .exactOptional(),
  })
  .describe('What goes into ~/.qbo/cli.json.');

export const userRow = z.object({
  name: z.string().max(253).describe('Name of the user.'),
  uuid: z.guid().describe('Id of the user, and of their mirror.'),
  self: flag('1 for whoever asks.'),
  picture: z.string().max(2048).describe('Address of a picture; empty when there is none.'),
  email: z.string().max(320).meta({ format: 'email' }).describe('E-mail of the user.'),
  type: z.int().min(0).describe('0 for a user, 1 for an administrator.'),
  status: z.int().min(0).describe('1 for one who may enter, 0 for one whose keys are revoked or not made yet.'),
  id: z.string().max(64).describe('Uid of the User in Kubernetes.'),
  shell: z.string().max(253).describe('Name of the container of their terminal; empty when there is none.'),
  cli: z
    .object({
      exp: z
        .int()
        .min(0)
        .meta({ format: 'int64' })
        .describe('When the service account ends, in seconds since 1970; 0 for never.'),
      conf: confSchema,
    })
    .describe('The service account.')
    .exactOptional(),
  state: gone(),
});

export const clientRow = z
  .object({
    timestamp: z.int().min(0).meta({ format: 'int64' }).describe('When it connected, in microseconds since 1970.'),
    user: email(),
    mirror: z.guid().describe('Id of the mirror that it is in.'),
    control: flag('1 for the socket that asks.'),
    address: ip('Address that it came from.'),
    agent: z.string().max(256).describe('What it says it is.'),
    command: z.string().max(4096).describe('Its command in flight; empty when there is none.'),
    command_id: z.union([z.guid(), z.literal('')]).describe('Id of its command in flight; empty when there is none.'),
    process_id: z.int().min(0).describe('Process of the bridge that serves it.'),
    thread_id: z.int().min(0).meta({ format: 'int64' }).describe('Number of the connection.'),
    wsi: z.string().max(32).describe('Number of the connection, in hexadecimal.'),
    wss_over_h2: flag('Whether the websocket goes over HTTP/2.'),
    host: z.string().max(253).describe('Host of the bridge.'),
    state: gone(),
  })
  .describe('A socket that is connected.');

export const imageRow = z
  .object({
    name: z.string().max(512).describe('Full name, as `-i` takes it.'),
    registry: z
      .string()
      .max(253)
      .describe('Registry, such as hub.docker.com; `localhost` for an image that only the engine has.'),
    user: z.string().max(253).describe('First part of the path, such as kindest; empty when there is none.'),
    repository: z.string().max(253).describe('Middle of the path; empty when there is none.'),
    image: z.string().max(253).describe('Last part of the path, such as node.'),
    tag: z.string().max(128).describe('Tag, such as v1.27.2.'),
    state: gone(),
  })
  .describe('A node image that a cluster can be made from.');

export const instanceRow = z
  .object({
    name: z.string().max(64).describe('Name of the instance.'),
    id: z.guid().describe('Id of the instance.'),
    state: stateSchema,
    user: email(),
  })
  .describe('A compute instance. There are none yet.');

export const versionRow = z.object({
  qbo: z.string().max(128).describe('Version of the command line or of the bridge, such as api:0.1.0.'),
  docker: z.string().max(64).describe('Version of the container engine.').exactOptional(),
  host: z.string().max(253).describe('Host of the bridge.').exactOptional(),
  arch: z.string().max(64).describe('Architecture, such as __x86_64__.').exactOptional(),
});

export const cliRow = z
  .object({
    qbo_port: port('Port of the bridge.'),
    qbo_host: z.string().max(253).describe('Host name or address of the bridge.'),
    qbo_uid: z
      .union([z.guid(), publicKeySchema])
      .describe('Web token, or public key of a service account.')
      .exactOptional(),
    qbo_aux: z
      .union([z.guid(), z.literal('')])
      .describe('Id of the service account.')
      .exactOptional(),
    qbo_user: z.string().max(320).describe('E-mail of the user.').exactOptional(),
  })
  .describe(
    'Configuration of the command line. It is printed by it alone (get user -l), and never goes over the wire.',
  );

export const outputRow = z.object({
  message: z.string().max(65_536).describe('A sentence for people.').exactOptional(),
  stream: z
    .guid()
    .describe('Ours. Id of the stream that a watch joined: the command_id of its changes.')
    .exactOptional(),
  kubeconfig: z
    .string()
    .max(65_536)
    .describe('A kubeconfig with short-lived credentials. Only in the reply to who asked, never in a mirror.')
    .exactOptional(),
  sshconfig: z.string().max(65_536).describe('A private key, PEM. Only in the reply to who asked.').exactOptional(),
  size: z.string().max(16).describe('Size of the terminal, rows x columns, such as 26x175.').exactOptional(),
});

export const inputRow = z.object({ message: z.string().max(65_536).describe('What became of what was sent.') });

export type State = z.infer<typeof stateSchema>;
export type ClusterRow = Readonly<z.infer<typeof clusterRow>>;
export type NodeRow = Readonly<z.infer<typeof nodeRow>>;
export type PodRow = Readonly<z.infer<typeof podRow>>;
export type ServiceRow = Readonly<z.infer<typeof serviceRow>>;
export type NetworkRow = Readonly<z.infer<typeof networkRow>>;
export type IpvsRow = Readonly<z.infer<typeof ipvsRow>>;
export type AddressRow = Readonly<z.infer<typeof addressRow>>;
export type UserRow = Readonly<z.infer<typeof userRow>>;
export type ClientRow = Readonly<z.infer<typeof clientRow>>;
export type ImageRow = Readonly<z.infer<typeof imageRow>>;
export type InstanceRow = Readonly<z.infer<typeof instanceRow>>;
export type VersionRow = Readonly<z.infer<typeof versionRow>>;
export type CliRow = Readonly<z.infer<typeof cliRow>>;
export type Output = Readonly<z.infer<typeof outputRow>>;
