import { z } from 'zod';
import { DATAPLANE_KINDS } from './backends/dataplane/choose.ts';
import { LOG_LEVELS } from './runtime/log.ts';
import { readSettings } from './runtime/settings.ts';
import { parseCIDR } from '../crds/cidr.ts';

const cidrList = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every((part) => parseCIDR(part) !== undefined), {
    message: 'must be IPv4 blocks separated by commas, such as 172.18.0.0/15,172.20.0.0/14',
  });

const schema = z.object({
  QBO_INSTANCE: z.string().min(1).max(40).default('qbo').describe('Label of everything that this installation makes.'),
  QBO_ENGINE_SOCKET: z.string().default('/var/run/docker.sock').describe("Unix socket of the container engine's API."),
  KUBECONFIG: z.string().optional().describe('Management cluster; absent: the cluster that the operator runs in.'),
  QBO_MANAGEMENT_CONTAINER: z.string().optional().describe('Container that the operator runs in, if any.'),
  QBO_SUBNET_POOLS: cidrList.prefault('172.18.0.0/15,172.20.0.0/14').describe('Blocks that subnets are cut from.'),
  QBO_DEFAULT_IMAGE: z.string().optional().describe('Node image to pull when none is named and none is there.'),
  QBO_DATAPLANE: z
    .enum(DATAPLANE_KINDS)
    .default('Auto')
    .describe('What balances load; Auto: IPVS if the kernel has it.'),
  QBO_DATAPLANE_IMAGE: z
    .string()
    .optional()
    .describe(
      "Image of the helper in the host's network, in the engine. Absent: the operator's process is there itself.",
    ),
  QBO_HOST_ROUTES: z.string().default('/proc/net/route').describe("The host's routing table, as the kernel shows it."),
  QBO_NAMESPACE: z.string().default('qbo-system').describe('Namespace of the leader election lease.'),
  QBO_LEADER_ELECTION: z.enum(['true', 'false']).default('true').describe('Whether replicas elect a leader.'),
  QBO_HEALTH_ADDRESS: z.string().default('127.0.0.1').describe('Address of /healthz, /readyz and /metrics.'),
  QBO_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(9602).describe('Port of the same.'),
  QBO_METRICS_AUTHENTICATION: z
    .enum(['true', 'false'])
    .default('true')
    .describe('Whether /metrics asks for the token of somebody who may read it.'),
  QBO_BRIDGE_HOST: z
    .string()
    .min(1)
    .max(253)
    .default('localhost')
    .describe('Where users find the bridge: in cli.json.'),
  QBO_BRIDGE_PORT: z.coerce.number().int().min(1).max(65_535).default(9601).describe('Port of the same.'),
  QBO_LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('Least severe level that is logged.'),
});

export type Config = z.output<typeof schema>;

/** Reads the operator's settings. Throws with one line for each that is wrong, naming it and what it should be. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config =>
  readSettings(schema, environment, 'The operator');
