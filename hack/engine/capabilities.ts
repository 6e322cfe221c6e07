import { readFile } from 'node:fs/promises';

/** The highest capability number that the kernel may have and every container engine asks for in `--privileged`. */
const LAST_COMMON_CAPABILITY = 37;

/**
 * Numbers of the capabilities that no process here can ever have, from the text of /proc/self/status. `--privileged`
 * asks for all of them, so one that is missing makes plain runc fail. Throws when there is no CapBnd line.
 */
export function missingCapabilities(status: string): readonly number[] {
  const hex = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (hex === undefined) throw new Error('No CapBnd line in /proc/self/status: is this Linux?');
  const bounding = BigInt(`0x${hex}`);
  return Array.from({ length: LAST_COMMON_CAPABILITY + 1 }, (_, number) => number).filter(
    (number) => (bounding & (1n << BigInt(number))) === 0n,
  );
}

export const readMissingCapabilities = async (): Promise<readonly number[]> =>
  missingCapabilities(await readFile('/proc/self/status', 'utf8'));
