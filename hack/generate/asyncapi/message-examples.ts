import { codesOf, DONE } from '../../../api/wire/codes.ts';
import { parseCommand } from '../../../api/wire/command.ts';
import type { Envelope, Payload, PayloadKey } from '../../../api/wire/message.ts';
import { statusOf } from '../../../api/wire/status.ts';
import type { Example } from './example.ts';
import { COMMAND, MIRROR } from './example.ts';

const CLUSTER = '718bef86-7dfe-46c0-bf4e-3dfea83c6c28';
const CONTAINER = '98650026b1f0c3d24e5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f80912';
const USER = 'alex@example.com';

/** The message of `line` that carries `payload`, as the bridge would send it. */
function message(line: string, payload: Payload, more: Partial<Envelope> = {}): Payload & Envelope {
  const code = more.code ?? 200;
  return {
    ...payload,
    timestamp: 1_795_255_991_461_070,
    status: statusOf(code),
    code,
    command_id: COMMAND,
    command_line: `qbo ${line}`,
    ...codesOf(parseCommand(line)),
    uuid: MIRROR,
    user: USER,
    agent: 'qbo-api/0.1.0',
    peer: '127.0.0.1',
    host: 'localhost',
    source: 'api',
    wsi: '0x2a',
    thread_id: 1027,
    vhost: 'default',
    ...more,
  };
}

type Messages = readonly Example<Payload & Envelope>[];

const example = (name: string, summary: string, payload: Payload & Envelope): Example<Payload & Envelope> => ({
  name,
  summary,
  payload,
});

const node = {
  name: 'control-f5047fd5.localhost',
  id: CONTAINER,
  image: 'kindest/node:v1.27.2',
  cluster: 'alex',
  state: 'ready',
  address: '172.18.0.3',
  os: 'Debian GNU/Linux 11 (bullseye)',
  kernel: '6.3.5-200.fc38.x86_64',
  user: USER,
  cluster_id: CLUSTER,
  type: 0,
} as const;

const publicKey = { crv: 'P-521', kty: 'EC', x: 'A'.repeat(88), y: 'B'.repeat(88) } as const;

/** At least one for each kind of message. */
export const messageExamples: Readonly<Record<PayloadKey, Messages>> = {
  clusters: [
    example(
      'clusters',
      'A cluster',
      message('get cluster alex', {
        clusters: [
          {
            name: 'alex',
            id: CLUSTER,
            state: 'ready',
            address: '172.18.0.3',
            control_plane: 'control-f5047fd5.localhost',
            user: USER,
          },
        ],
      }),
    ),
  ],
  nodes: [
    example('nodes', 'The nodes of a cluster', message('get nodes alex', { nodes: [node] })),
    example(
      'change',
      'What a watch sends when a node has stopped',
      message('get nodes alex -w', { nodes: [{ ...node, state: 'exited' }] }, { sequence: 42 }),
    ),
    example(
      'deleted',
      'What a watch sends last of a node',
      message('get nodes alex -w', { nodes: [{ ...node, state: 'deleted' }] }, { sequence: 43 }),
    ),
    example(
      'resync',
      'What a watch sends when changes are lost: forget all rows and take these',
      message('get nodes alex -w', { nodes: [node] }, { sequence: 2000, resync: true }),
    ),
  ],
  pods: [
    example(
      'pods',
      'A pod that has ended',
      message('get pods -A', {
        pods: [
          {
            name: 'cuda-vectoradd',
            id: 'ccd97ea6-aa48-46ea-a36b-8589dd680ad9',
            namespace: 'default',
            address: '10.244.1.9',
            status: 'Succeeded',
            ready: 0,
            started: 0,
            node: 'node-ac6f438e.localhost',
            node_status: 'ready',
            cluster: 'alex',
            user: USER,
            cluster_id: CLUSTER,
          },
        ],
      }),
    ),
  ],
  services: [
    example(
      'services',
      'One port of a service',
      message('get services -A', {
        services: [
          {
            name: 'istio-ingressgateway',
            id: '0e945c5e-647a-4b12-9621-aa6731ff6a63',
            namespace: 'istio-system',
            address: '10.96.73.154',
            external_address: '192.0.2.4',
            type: 'LoadBalancer',
            port_name: 'status-port',
            port_number: 15_021,
            target_port: 15_021,
            node_port: 30_217,
            protocol: 'TCP',
            cluster: 'alex',
            user: USER,
          },
        ],
      }),
    ),
  ],
  networks: [
    example(
      'networks',
      'The network of a cluster',
      message('get net alex', {
        networks: [{ name: 'alex', id: CLUSTER, subnet: '172.18.0.0/24', state: 'ready', user: USER }],
      }),
    ),
  ],
  ipvs: [
    example(
      'ipvs',
      'The API server of a cluster behind a virtual address',
      message('get ipvs -A', {
        ipvs: [
          {
            id: CONTAINER,
            vip: '192.0.2.4',
            vip_port: '6443',
            rip: '172.18.0.3',
            rip_port: '6443',
            aux: '',
            protocol: 't',
            scheduler: 'rr',
            forward: 'm',
            weight: 1,
            state: 'ready',
            node: 'control-f5047fd5.localhost',
            cluster: 'alex',
            user: USER,
            balancer: 'alex-api',
            conns: 17,
            inpkts: 2_113,
            outpkts: 1_984,
            inbytes: 310_440,
            outbytes: 1_804_001,
          },
        ],
      }),
    ),
  ],
  addresses: [
    example(
      'addresses',
      'Two addresses of the network that the host is in',
      message('get networks -H', {
        addresses: [
          {
            address: '192.0.2.4',
            prefixlen: 32,
            ifname: 'enp1s0f1',
            operstate: 'UP',
            aux: '',
            status: 1,
            type: 1,
            pool: 'host',
            used: 1,
          },
          {
            address: '192.0.2.5',
            prefixlen: 32,
            ifname: 'enp1s0f1',
            operstate: 'UP',
            aux: '',
            status: 0,
            type: 1,
            pool: 'host',
            used: 0,
          },
        ],
      }),
    ),
  ],
  users: [
    example(
      'users',
      'A user with a service account',
      message('get users -A', {
        users: [
          {
            name: 'alex',
            uuid: MIRROR,
            self: 1,
            picture: '',
            email: USER,
            type: 0,
            status: 1,
            id: '3479c2b3-b05f-4e5c-a46b-53f4475e7708',
            shell: '',
            cli: {
              exp: 0,
              conf: { qbo_uid: publicKey, qbo_aux: MIRROR, qbo_port: 9601, qbo_host: 'localhost', qbo_user: USER },
            },
          },
        ],
      }),
    ),
  ],
  clients: [
    example(
      'clients',
      'A socket',
      message('get clients -A', {
        clients: [
          {
            timestamp: 1_795_255_980_000_000,
            user: USER,
            mirror: MIRROR,
            control: 1,
            address: '127.0.0.1',
            agent: 'qbo-cli/0.1.0',
            command: 'qbo get clients -A',
            command_id: COMMAND,
            process_id: 1,
            thread_id: 1027,
            wsi: '0x2a',
            wss_over_h2: 0,
            host: 'localhost',
          },
        ],
      }),
    ),
  ],
  images: [
    example(
      'images',
      'A node image of a registry',
      message(
        'get images -A',
        {
          images: [
            {
              name: 'hub.docker.com/kindest/node:v1.27.2',
              registry: 'hub.docker.com',
              user: 'kindest',
              repository: '',
              image: 'node',
              tag: 'v1.27.2',
            },
          ],
        },
        { apicommand: 'APICMD_REGISTRY_AUTH' },
      ),
    ),
  ],
  instances: [example('instances', 'There are none yet', message('get instances -A', { instances: [] }))],
  version: [
    example(
      'version',
      'The bridge and its engine',
      message('version', {
        version: [{ docker: '29.0.2', qbo: 'api:0.1.0', host: 'localhost', arch: '__x86_64__' }],
      }),
    ),
  ],
  cli: [
    example(
      'cli',
      'What `qbo get user -l` prints',
      message('get user -l', {
        cli: [{ qbo_port: 9601, qbo_host: 'localhost', qbo_uid: MIRROR }],
      }),
    ),
  ],
  output: [
    example(
      'started',
      'The second message of a command',
      message('get nodes -A', { output: [{ message: "thread '1027' started" }] }, { code: 201 }),
    ),
    example(
      'watching',
      'The second message of a watch, which names its stream',
      message('get nodes -A -w', { output: [{ message: "thread '1027' started", stream: COMMAND }] }, { code: 201 }),
    ),
    example(
      'progress',
      'How far a long command is',
      message('add cluster alex', { output: [{ message: 'cluster alex: ControlPlaneReady: waiting for /readyz' }] }),
    ),
    example(
      'kubeconfig',
      'Credentials, which only the socket gets that asked',
      message('get cluster alex -k', { output: [{ kubeconfig: 'apiVersion: v1\nkind: Config\n' }] }),
    ),
    example(
      'done',
      'The last message of every command',
      message('get nodes -A', { output: [{ message: 'thread 1027 terminated in 0.001322s' }] }, DONE),
    ),
    example(
      'error',
      'Why a command failed; one more message ends it, with the same code',
      message(
        'get nodes alexa',
        { output: [{ message: 'There is no cluster alexa; qbo get clusters lists those that you may see.' }] },
        { code: 404 },
      ),
    ),
    example(
      'failed',
      'The last message of a command that failed',
      message(
        'get nodes alexa',
        { output: [{ message: 'thread 1027 terminated in 0.000871s' }] },
        { ...DONE, code: 404 },
      ),
    ),
  ],
  input: [
    example(
      'accepted',
      'The first message of every command, seen by the whole mirror',
      message('get nodes -A', { input: [{ message: 'command accepted' }] }, { code: 202 }),
    ),
  ],
};
