import { z } from 'zod';
import { LOG_LEVELS } from '../controllers/runtime/log.ts';
import { readSettings } from '../controllers/runtime/settings.ts';
import { DEFAULT_LIMITS, type Limits } from './session/limits.ts';

const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));

const count = (most: number, otherwise: number) => z.coerce.number().int().min(1).max(most).default(otherwise);

const schema = z.object({
  QBO_INSTANCE: z.string().min(1).max(40).default('qbo').describe('The installation that it serves.'),
  KUBECONFIG: z.string().optional().describe('Management cluster; absent: the cluster that the bridge runs in.'),
  QBO_API_ADDRESS: z
    .union([z.literal('localhost'), z.ipv4(), z.ipv6()], { error: 'must be an IP address, or localhost' })
    .default('localhost')
    .describe('Address to listen on; localhost: both loopback addresses.'),
  QBO_API_PORT: z.coerce.number().int().min(0).max(65_535).default(9601).describe('Port of the same; 0: any.'),
  QBO_API_AUTH: z
    .enum(['none', 'accounts'])
    .default('none')
    .describe('none: whoever reaches it is the administrator; accounts: Users, by their cookies.'),
  QBO_API_ORIGINS: list
    .refine((origins) => origins.every((origin) => URL.parse(origin)?.origin === origin), {
      message: 'must be origins separated by commas, such as https://console.example',
    })
    .prefault('')
    .describe('Web pages of other origins that may connect.'),
  QBO_API_HOSTS: list.prefault('').describe('Names under which it may be asked, besides localhost without accounts.'),
  QBO_API_MESSAGE_BYTES: count(16_777_216, DEFAULT_LIMITS.messageBytes).describe('Longest message that is read.'),
  QBO_API_MESSAGES_PER_SECOND: count(1_000_000, DEFAULT_LIMITS.messagesPerSecond).describe(
    'Messages of one socket; twice as many at once.',
  ),
  QBO_API_COMMANDS_PER_SOCKET: count(10_000, DEFAULT_LIMITS.commandsPerSocket).describe('Commands in flight.'),
  QBO_API_COMMANDS_PER_USER: count(100_000, DEFAULT_LIMITS.commandsPerUser).describe('The same, of all sockets.'),
  QBO_API_SOCKETS_PER_USER: count(1_000_000, DEFAULT_LIMITS.socketsPerUser).describe('Sockets of one user.'),
  QBO_API_SOCKETS: count(1_000_000, DEFAULT_LIMITS.sockets).describe('Sockets in all.'),
  QBO_API_IDLE_SECONDS: count(86_400, DEFAULT_LIMITS.idleMs / 1000).describe(
    'A socket that is silent for as long is pinged, and closed when it stays so.',
  ),
  QBO_API_REGISTRY: z
    .union([z.literal('none'), z.url({ protocol: /^https?$/ }).refine((url) => URL.parse(url)?.pathname !== '/')], {
      error: 'must be none, or the address of a registry and a repository in it',
    })
    .default('https://registry-1.docker.io/kindest/node')
    .describe('Whose tags are shown as images that clusters can be made from; none: no registry is asked.'),
  QBO_NAMESPACE: z.string().default('qbo-system').describe('Namespace of the operator.'),
  QBO_LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('Least severe level that is logged.'),
});

export type Config = z.output<typeof schema>;

/** Reads the bridge's settings. Throws with one line for each that is wrong, naming it and what it should be. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config =>
  readSettings(schema, environment, 'The bridge');

export const limitsOf = (config: Config): Limits => ({
  ...DEFAULT_LIMITS,
  messageBytes: config.QBO_API_MESSAGE_BYTES,
  messagesPerSecond: config.QBO_API_MESSAGES_PER_SECOND,
  messageBurst: 2 * config.QBO_API_MESSAGES_PER_SECOND,
  commandsPerSocket: config.QBO_API_COMMANDS_PER_SOCKET,
  commandsPerUser: config.QBO_API_COMMANDS_PER_USER,
  socketsPerUser: config.QBO_API_SOCKETS_PER_USER,
  sockets: config.QBO_API_SOCKETS,
  idleMs: config.QBO_API_IDLE_SECONDS * 1000,
});
