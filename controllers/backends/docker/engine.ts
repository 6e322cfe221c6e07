import type { EngineInfo } from '../containers.ts';
import type { Connection } from './connection.ts';

interface Info {
  readonly ServerVersion: string;
  /** Absent from engines that know only version 1. */
  readonly CgroupVersion?: string;
  readonly MemTotal: number;
  readonly NCPU: number;
}

export const engineInfo = (connection: Connection, signal: AbortSignal): Promise<EngineInfo> =>
  connection.ask(
    'its host',
    async (docker) => {
      const [info, version] = await Promise.all([docker.info() as Promise<Info>, docker.version()]);
      return {
        version: info.ServerVersion,
        apiVersion: version.ApiVersion,
        cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
        memoryBytes: info.MemTotal,
        cpus: info.NCPU,
      };
    },
    signal,
  );
