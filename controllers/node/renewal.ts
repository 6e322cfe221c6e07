import type { Node } from '../../crds/node.ts';
import type { Containers, FileContent } from '../backends/containers.ts';
import { judge, readCertificates } from './certificates.ts';
import type { Verdict } from './certificates.ts';
import { RENEWAL, beganAt, renewalArguments } from './certificates-script.ts';
import type { RenewalMode } from './certificates-script.ts';

/** What a node's disk tells of its certificates. */
export interface Findings {
  readonly verdict: Verdict;
  /** Name of the unit that was begun last. */
  readonly begun: string | undefined;
  /** Name of the unit that was brought to its end last. */
  readonly done: string | undefined;
}

/** Reads and judges the certificates of a node as they are at `now`, in ms since the epoch. */
export async function findCertificates(
  containers: Containers,
  { container, role, now }: { readonly container: string; readonly role: Node['spec']['role']; readonly now: number },
  signal: AbortSignal,
): Promise<Findings> {
  const note = async (path: string): Promise<string | undefined> =>
    (await containers.readFile(container, path, signal))?.trim();
  const [certificates, begun, done] = await Promise.all([
    readCertificates(containers, container, role, signal),
    note(RENEWAL.begun),
    note(RENEWAL.done),
  ]);
  return { verdict: judge(certificates, now, beganAt(done)), begun, done };
}

/**
 * Starts a renewal in a node and returns the name of its unit. That it was begun is written down before, so that one that
 * was cut off is known to be.
 */
export async function startRenewal(
  containers: Containers,
  { container, verdict, now }: { readonly container: string; readonly verdict: Verdict; readonly now: number },
  files: readonly FileContent[],
  signal: AbortSignal,
): Promise<string> {
  const unit = RENEWAL.unit(now);
  const begun = { path: RENEWAL.begun, content: `${unit}\n`, mode: 0o600 };
  await containers.writeFiles(container, [...files, begun], signal);
  const argv = renewalArguments(unit, modeOf(verdict));
  await containers.startUnit(container, { name: unit, argv, logFile: RENEWAL.log }, signal);
  return unit;
}

const modeOf = ({ due, isLate }: Verdict): RenewalMode => {
  if (due.some(({ renewedBy }) => renewedBy === 'kubelet')) return 'with-kubelet';
  return isLate ? 'late' : 'early';
};

/** The end of what a renewal has written, for people. */
export async function renewalLog(containers: Containers, container: string, signal: AbortSignal): Promise<string> {
  const log = (await containers.readFile(container, RENEWAL.log, signal)) ?? '';
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-8).join('\n');
}
