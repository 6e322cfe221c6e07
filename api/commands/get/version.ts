import { engineFacts } from '../engine-facts.ts';
import type { Scope } from '../scope.ts';

/** As QBO names architectures. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: '__x86_64__', arm64: '__aarch64__' };

export async function getVersion(scope: Scope): Promise<void> {
  const { about, reply } = scope;
  const { version: docker } = await engineFacts(scope);
  const arch = ARCHITECTURES[about.arch] ?? about.arch;
  reply.send({
    version: [{ ...(docker !== '' && { docker }), qbo: `api:${about.version}`, host: about.host, arch }],
  });
}
