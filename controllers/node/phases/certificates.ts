import { NodeCondition, Reason } from '../../../crds/conditions.ts';
import { EventReason } from '../../../crds/events.ts';
import { CertificateAuthorityEnds, CertificateRenewalFailed } from '../../../crds/errors.ts';
import { inSeconds } from '../../runtime/clock.ts';
import { findCondition } from '../../runtime/condition.ts';
import { keyOf } from '../../runtime/object.ts';
import { about, fail, proceed, waitFor } from '../../runtime/step.ts';
import type { Step } from '../../runtime/step.ts';
import { isLookDue } from '../certificate-looks.ts';
import type { Certificate } from '../certificates.ts';
import { beganAt } from '../certificates-script.ts';
import { findCertificates, renewalLog, startRenewal } from '../renewal.ts';
import type { Findings } from '../renewal.ts';
import { renewalFiles } from '../renewal-files.ts';
import type { NodeScope } from '../scope.ts';

/** Between two tries of a renewal: short while the node does not work without it, else there are days. */
const LATE_RETRY_MS = 30_000;
const EARLY_RETRY_MS = 600_000;
const PAUSE = 'pause before renewing again';
const WATCH = 'watch certificates';

/** A look at a node's certificates, and what it needs to go on. */
interface Look extends Findings {
  readonly scope: NodeScope;
  readonly container: string;
}

/**
 * No certificate of the node ends soon, or it is being renewed. Comes before the node's health, which without
 * certificates there is none of. What renews works in the node and needs no API server, so that a cluster that was
 * stopped for years comes up. Everything that is decided here is read from the node's disk.
 */
export async function ensureCertificates(scope: NodeScope): Promise<Step> {
  const { object, status, world } = scope;
  return isLookDue(status, object.metadata.uid, world.clock.now()) ? look(scope) : proceed();
}

/** The end of the first certificate is known. Comes after the node's health: a new node has other things to do before. */
export async function noteCertificates(scope: NodeScope): Promise<Step> {
  return scope.status.certificatesExpire === undefined ? look(scope) : proceed();
}

async function look(scope: NodeScope): Promise<Step> {
  const { object, status, world, signal } = scope;
  const container = status.containerID;
  if (container === undefined) throw new Error('The node has no container: earlier phases did not run');
  const subject = { container, role: object.spec.role, now: world.clock.now() };
  const findings = await findCertificates(world.containers, subject, signal);
  const { endsAt } = findings.verdict;
  if (endsAt !== undefined) status.certificatesExpire = inSeconds(endsAt);
  return decide({ scope, container, ...findings });
}

async function decide(found: Look): Promise<Step> {
  const { scope, verdict, begun, done } = found;
  if (begun !== undefined && begun !== done) return goOn(found, begun);
  if (verdict.due.length === 0) return allIsWell(found);
  const sinceLastMs = scope.world.clock.now() - (beganAt(done) ?? -Infinity);
  return sinceLastMs < EARLY_RETRY_MS ? explain(found, 'It was renewed just now, in vain.') : begin(found);
}

/** With a renewal that was begun, and of which it is not noted that it came to its end. */
async function goOn(found: Look, unit: string): Promise<Step> {
  const { scope, container, verdict } = found;
  const { state } = await scope.world.containers.unitState(container, unit, scope.signal);
  switch (state) {
    case 'running':
      return watch(found, unit);
    case 'failed':
      return explain(found, await renewalLog(scope.world.containers, container, scope.signal));
    case 'succeeded':
      // It ended between our looks at the files and at the unit.
      return inTime(found, waitFor(Reason.RenewingCertificates, messageOf(found), 500));
    case 'absent': {
      // It was cut off, and has perhaps replaced the files, but not what runs with the old ones.
      const isHalfDone = scope.object.spec.role === 'control-plane';
      return verdict.due.length === 0 && !isHalfDone ? allIsWell(found) : begin(found);
    }
  }
}

async function begin(found: Look): Promise<Step> {
  const { scope, container, verdict } = found;
  const { object, world, signal } = scope;
  const files = await renewalFiles(scope);
  if ('kind' in files) return inTime(found, files);
  world.events.record({
    object,
    type: 'Normal',
    reason: EventReason.RenewingCertificates,
    action: 'RenewCertificates',
    message: messageOf(found),
  });
  const subject = { container, verdict, now: world.clock.now() };
  return watch(found, await startRenewal(world.containers, subject, files, signal));
}

/** A task waits beside the loop for the unit's end, and wakes us. */
function watch(found: Look, unit: string): Step {
  const { scope, container } = found;
  const { object, world } = scope;
  world.tasks.ensure({
    owner: object.metadata.uid,
    id: WATCH,
    generation: `${container} ${unit}`,
    run: (abort) => world.containers.waitForUnit(container, unit, abort),
    onSettled: () => {
      world.tasks.forget(object.metadata.uid, WATCH);
      world.wake('Node', keyOf(object));
    },
  });
  return inTime(found, waitFor(Reason.RenewingCertificates, messageOf(found), 3_000));
}

/** Says why a renewal failed, and begins another after a pause. */
async function explain(found: Look, tail: string): Promise<Step> {
  const { scope, container, verdict } = found;
  const { object, status, world } = scope;
  const certificate = firstOf(verdict.due);
  const { reason, message } = new CertificateRenewalFailed({ node: object.metadata.name, certificate, tail });
  if (findCondition(status.conditions, NodeCondition.CertificatesReady)?.message !== message) {
    world.events.record({ object, type: 'Warning', reason, action: 'RenewCertificates', message });
  }
  const pause = world.tasks.ensure({
    owner: object.metadata.uid,
    id: PAUSE,
    generation: container,
    run: (abort) => world.clock.sleep(verdict.isLate ? LATE_RETRY_MS : EARLY_RETRY_MS, abort),
    onSettled: () => {
      world.wake('Node', keyOf(object));
    },
  });
  if (pause.state !== 'succeeded') return inTime(found, fail(reason, message));
  world.tasks.forget(object.metadata.uid, PAUSE);
  return begin(found);
}

/** What is not late yet holds nothing else up: it is said in the condition, and the node is as ready as it was. */
function inTime({ scope, verdict }: Look, step: Exclude<Step, { kind: 'proceed' }>): Step {
  const { reason, message, afterMs } = step;
  const type = NodeCondition.CertificatesReady;
  if (verdict.isLate) return about(type, step);
  scope.report({ type, status: 'False', reason, message });
  scope.lookAgainIn(afterMs);
  return proceed();
}

function allIsWell({ scope, verdict }: Look): Step {
  const { object, status, world, report } = scope;
  if (verdict.endsAt === undefined) return proceed();
  const type = NodeCondition.CertificatesReady;
  const before = findCondition(status.conditions, type);
  const valid = `The first certificate ends at ${inSeconds(verdict.endsAt)}, and is renewed before`;
  if (before?.status === 'False') {
    world.events.record({
      object,
      type: 'Normal',
      reason: EventReason.CertificatesRenewed,
      action: 'RenewCertificates',
      message: valid,
    });
  }
  const [authority] = verdict.endingAuthorities;
  if (authority === undefined) {
    report({ type, status: 'True', reason: Reason.Ready, message: valid });
    return proceed();
  }
  const at = inSeconds(authority.validity?.to ?? 0);
  const error = new CertificateAuthorityEnds({ node: object.metadata.name, authority: authority.path, at });
  const { reason, message } = error;
  if (before?.reason !== reason) {
    world.events.record({ object, type: 'Warning', reason, action: 'RenewCertificates', message });
  }
  const hasEnded = world.clock.now() >= (authority.validity?.to ?? 0);
  report({ type, status: hasEnded ? 'False' : 'True', reason, message });
  return proceed();
}

const messageOf = ({ scope, verdict }: Look): string =>
  `Certificates of ${scope.object.metadata.name} are being renewed: ${firstOf(verdict.due)}`;

/** The one that is most urgent, and when. */
function firstOf(due: readonly Certificate[]): string {
  const [first] = [...due].sort((a, b) => (a.validity?.to ?? 0) - (b.validity?.to ?? 0));
  if (first === undefined) return 'an earlier renewal was cut off';
  if (first.validity === undefined) return `${first.path} can not be read`;
  return `${first.path} ends at ${inSeconds(first.validity.to)}`;
}
