import { Label } from '../../crds/names.ts';
import type { Container, Containers } from '../backends/containers.ts';
import { beganAt } from '../node/certificates-script.ts';
import { controlPlaneFiles } from '../node/renewal-files.ts';
import { findCertificates, renewalLog, startRenewal } from '../node/renewal.ts';
import type { Findings } from '../node/renewal.ts';
import { pause } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { Runnable } from '../runtime/manager.ts';
import type { Settings } from '../world.ts';

const LOOK_EVERY_MS = 3_600_000;

export interface ManagementCertificatesOptions {
  readonly containers: Containers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: Pick<Settings, 'instance' | 'managementContainer'>;
}

/**
 * Renews the certificates of the management cluster that the operator runs in. No object of its API stands for that
 * cluster, so there is nothing to reconcile and no condition to tell it in: the container is looked at once an hour, and what
 * is done is logged. Only a container that `make up` has made for this very installation is touched.
 */
export const managementCertificates = (options: ManagementCertificatesOptions): Runnable => ({
  name: 'management certificates',
  run: async (signal) => {
    const { clock, log } = options;
    do {
      try {
        await tend(options, signal);
      } catch (error) {
        // Nothing depends on it before the next look: there are 30 days.
        if (!signal.aborted) log.warn('Certificates of the management cluster could not be looked after', { error });
      }
    } while (await pause(clock, LOOK_EVERY_MS, signal));
  },
});

async function tend(options: ManagementCertificatesOptions, signal: AbortSignal): Promise<void> {
  const { containers, clock, log, settings } = options;
  const found = await containers.find(settings.managementContainer ?? '', signal);
  if (found === undefined || !isOurs(found, settings.instance)) return;
  const { id: container, name } = found;
  const now = clock.now();
  const findings = await findCertificates(containers, { container, role: 'control-plane', now }, signal);
  const { verdict } = findings;
  if (!(await isToBeRenewed(options, found, findings, signal))) return;
  log.info('Certificates of the management cluster are being renewed', {
    container: name,
    certificates: verdict.due.map(({ path }) => path),
  });
  await startRenewal(containers, { container, verdict, now }, controlPlaneFiles(), signal);
}

async function isToBeRenewed(
  { containers, clock, log }: ManagementCertificatesOptions,
  { id, name }: Container,
  { verdict, begun, done }: Findings,
  signal: AbortSignal,
): Promise<boolean> {
  if (begun === undefined || begun === done) {
    const isInVain = clock.now() - (beganAt(done) ?? -Infinity) < LOOK_EVERY_MS / 2;
    return verdict.due.length > 0 && !isInVain;
  }
  // One that was cut off has perhaps replaced the files, but not what runs with the old ones.
  const { state } = await containers.unitState(id, begun, signal);
  if (state === 'failed') {
    const tail = await renewalLog(containers, id, signal);
    log.error('Certificates of the management cluster could not be renewed', { container: name, tail });
  }
  return state === 'failed' || state === 'absent';
}

const isOurs = ({ state, labels }: Container, instance: string): boolean =>
  state === 'running' && labels[Label.instance] === instance && labels[Label.role] === 'control-plane';
