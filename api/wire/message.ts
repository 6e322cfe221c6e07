import { z } from 'zod';
import * as rows from './rows.ts';

/**
 * What stands in every message beside its payload. QBO's own document calls `timestamp` a string and `command_line` a
 * uuid; what its server sends, and ours, is an integer and a line.
 */
export const envelopeSchema = z.object({
  timestamp: z.int().min(0).meta({ format: 'int64' }).describe('When it was sent, in microseconds since 1970.'),
  status: z.string().max(64).describe('The code in words: OK, Created, Accepted, Not Found and so on.'),
  code: z
    .int()
    .min(100)
    .max(599)
    .describe(
      '202: the command is accepted; 201: it has begun; 200: data, or its end; 4xx and 5xx: it failed, and the message says why and what to do.',
    ),
  command_id: z.guid().describe('Id of the command, or of the stream of changes, that the message belongs to.'),
  command_line: z.string().max(8192).describe('The command, as in `qbo get nodes -A`.'),
  command: z
    .string()
    .regex(/^CMD_[A-Z]+$/)
    .describe('The verb, such as CMD_GET; CMD_DONE ends a command.'),
  subcommand: z
    .string()
    .regex(/^SUBCMD_[A-Z]+$/)
    .describe('The object, such as SUBCMD_NODE.'),
  apicommand: z
    .string()
    .regex(/^APICMD_[A-Z_]+$/)
    .describe('A call to another system; APICMD_NONE for none.'),
  callback: z.string().max(1024).describe('What was called, such as a path of a Kubernetes API.').exactOptional(),
  uuid: z.guid().describe('Id of the mirror.'),
  user: z.string().max(320).meta({ format: 'email' }).describe('E-mail of the user whose command it is.'),
  agent: z.string().max(256).describe('What answers: its name and version.'),
  peer: z.string().max(45).describe('Address that the command came from.'),
  host: z.string().max(253).describe('Host of the bridge.'),
  source: z.string().max(128).describe('Part of the bridge that made the message.'),
  wsi: z.string().max(32).describe('Number of the connection, in hexadecimal.'),
  thread_id: z.int().min(0).meta({ format: 'int64' }).describe('Number of the command in this run of the bridge.'),
  vhost: z.string().max(64).describe('Virtual host of the bridge.'),
  sequence: z
    .int()
    .min(0)
    .describe('Ours. Number of the message in its stream: each change has the number of the one before, plus one.')
    .exactOptional(),
  resync: z
    .literal(true)
    .describe('Ours. Changes before this message were not sent: forget the rows, and take these.')
    .exactOptional(),
});

const rowsOf = <T extends z.ZodType>(row: T) => z.array(row);

/** What a message may carry, by the key that it stands under. */
export const payloadSchemas = {
  clusters: rowsOf(rows.clusterRow).describe('Clusters.'),
  nodes: rowsOf(rows.nodeRow).describe('Nodes of clusters.'),
  pods: rowsOf(rows.podRow).describe('Pods of clusters.'),
  services: rowsOf(rows.serviceRow).describe('Services of clusters, one row a port.'),
  networks: rowsOf(rows.networkRow).describe('Networks of clusters.'),
  ipvs: rowsOf(rows.ipvsRow).describe('Load balancing, one row a real server behind a virtual port.'),
  addresses: rowsOf(rows.addressRow).describe('Addresses of the host that load balancers may have.'),
  users: rowsOf(rows.userRow).describe('Users.'),
  clients: rowsOf(rows.clientRow).describe('Sockets that are connected.'),
  images: rowsOf(rows.imageRow).describe('Node images.'),
  instances: rowsOf(rows.instanceRow).describe('Compute instances.'),
  version: rowsOf(rows.versionRow).describe('Versions.'),
  cli: rowsOf(rows.cliRow).describe('Configuration of the command line.'),
  output: rowsOf(rows.outputRow).describe('What a command says.'),
  input: rowsOf(rows.inputRow).describe('What became of a command that was sent.'),
} as const;

export type PayloadKey = keyof typeof payloadSchemas;

type Of<K extends PayloadKey> = {
  readonly [key in K]: readonly Readonly<z.infer<(typeof payloadSchemas)[K]>[number]>[];
};

/** One key with its rows: `{ nodes: [...] }`. */
export type Payload = { [K in PayloadKey]: Of<K> }[PayloadKey];

/** The rest of a message. */
export type Envelope = Readonly<z.infer<typeof envelopeSchema>>;

/** The schema of the messages that carry `key`. */
export const messageSchema = (key: PayloadKey) => z.object({ [key]: payloadSchemas[key], ...envelopeSchema.shape });

export const PAYLOAD_KEYS = Object.keys(payloadSchemas) as readonly PayloadKey[];
