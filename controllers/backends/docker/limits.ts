import type { ContainerInspectInfo } from 'dockerode';
import { ResourcesExceedHost } from '../../../crds/errors.ts';
import type { Resources } from '../containers.ts';
import { cpuWords } from '../resources.ts';
import type { Connection } from './connection.ts';
import { engineInfo } from './engine.ts';
import { Refused } from './refusal.ts';

const NANOS_OF_MILLI = 1_000_000;

/** As the engine takes it. Memory and swap together are as much as memory alone: no swap. */
export const limitOptions = ({ millicpus, memoryBytes }: Resources) => ({
  ...(millicpus !== undefined && { NanoCpus: millicpus * NANOS_OF_MILLI }),
  ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
});

/** What the engine says that a container may use. */
export function limitsOf({ HostConfig: { NanoCpus, CpuQuota, CpuPeriod, Memory } }: ContainerInspectInfo): Resources {
  const quota = CpuQuota !== undefined && CpuQuota > 0 ? (CpuQuota * 1000) / (CpuPeriod || 100_000) : 0;
  const millicpus = NanoCpus ? NanoCpus / NANOS_OF_MILLI : quota;
  return { ...(millicpus > 0 && { millicpus }), ...(Memory && Memory > 0 && { memoryBytes: Memory }) };
}

const TOO_MANY_CPUS = /range of cpus is from/i;

/** The error itself, unless it says that the host has fewer CPUs. */
export async function exceeding(
  connection: Connection,
  { name, resources, error }: { name: string; resources: Resources; error: unknown },
  signal: AbortSignal,
): Promise<unknown> {
  if (!Refused.is(error, 400, TOO_MANY_CPUS)) return error;
  const { cpus } = await engineInfo(connection, signal);
  const wanted = cpuWords(resources.millicpus ?? 0);
  return new ResourcesExceedHost({ what: `Container ${name}`, resource: 'cpu', wanted, has: String(cpus) }, error);
}
