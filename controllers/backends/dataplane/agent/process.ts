import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { SystemClock } from '../../../runtime/clock.ts';
import { DATAPLANE_KINDS, localDataplane } from '../choose.ts';
import type { DataplaneKind } from '../choose.ts';
import { localTools } from '../tools.ts';
import { serveDataplane } from './serve.ts';

/** Environment of the helper: set by the operator when it makes the container, never by a person. */
export const HelperVariable = {
  instance: 'QBO_INSTANCE',
  kind: 'QBO_DATAPLANE',
  /** Where the host's sysctls are mounted. */
  sysctls: 'QBO_SYSCTLS',
} as const;

export interface HelperProcess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: Readable;
  readonly output: Writable;
}

/** The role `dataplane` of the image: answers requests on its input until that ends. */
export async function dataplaneProcess({ environment, input, output }: HelperProcess): Promise<void> {
  const sysctlPath = environment[HelperVariable.sysctls];
  const dataplane = localDataplane({
    tools: localTools(sysctlPath === undefined ? {} : { sysctlPath }),
    clock: new SystemClock(),
    instance: environment[HelperVariable.instance] ?? 'qbo',
    kind: kindOf(environment[HelperVariable.kind]),
  });
  await serveDataplane(dataplane, {
    input: createInterface({ input }),
    write: (line) => output.write(`${line}\n`),
  });
}

const kindOf = (text: string | undefined): DataplaneKind => DATAPLANE_KINDS.find((kind) => kind === text) ?? 'Auto';
