import type { Clock } from '../../runtime/clock.ts';
import type { Dataplane } from '../dataplane.ts';
import { IpvsDataplane } from './ipvs/dataplane.ts';
import { markOf } from './mark.ts';
import { NftablesDataplane } from './nftables/dataplane.ts';
import { lastWords } from './tools.ts';
import type { Tools } from './tools.ts';

/** Auto: what the kernel has. */
export const DATAPLANE_KINDS = ['Auto', 'IPVS', 'nftables'] as const;
export type DataplaneKind = (typeof DATAPLANE_KINDS)[number];

export interface Choice {
  readonly tools: Tools;
  readonly clock: Clock;
  /** Which installation: what it makes carries its mark. */
  readonly instance: string;
  readonly kind: DataplaneKind;
}

/**
 * The kernel's own balancer where there is one, as it counts connections and schedules by them; else nftables. Throws
 * DataplaneUnavailable when neither can be asked.
 */
export async function chooseDataplane(
  { tools, clock, instance, kind }: Choice,
  signal: AbortSignal,
): Promise<Dataplane> {
  const options = { tools, clock, mark: markOf(instance) };
  if (kind === 'IPVS') return new IpvsDataplane({ ...options, why: 'the operator was told to use IPVS' });
  if (kind === 'nftables') return new NftablesDataplane({ ...options, why: 'the operator was told to use nftables' });
  // Asking loads the kernel's module where it is one.
  const { exitCode, stderr } = await tools.run(['ipvsadm', '-L', '-n'], '', signal);
  return exitCode === 0
    ? new IpvsDataplane({ ...options, why: 'the kernel has ip_vs' })
    : new NftablesDataplane({ ...options, why: `the kernel has no ip_vs (${lastWords(stderr)})` });
}

/** The same, chosen when it is first asked: for whoever writes the rules in its own process. */
export function localDataplane(choice: Choice): Dataplane {
  let chosen: Promise<Dataplane> | undefined;
  const dataplane = async (signal: AbortSignal): Promise<Dataplane> => {
    signal.throwIfAborted();
    const choosing = (chosen ??= chooseDataplane(choice, signal));
    try {
      return await choosing;
    } catch (error) {
      if (chosen === choosing) chosen = undefined;
      throw error;
    }
  };
  return {
    describe: async (signal) => (await dataplane(signal)).describe(signal),
    read: async (signal) => (await dataplane(signal)).read(signal),
    apply: async (desired, signal) => (await dataplane(signal)).apply(desired, signal),
    async *changes(signal) {
      yield* (await dataplane(signal)).changes(signal);
    },
  };
}
