import { catalogue } from '../../../crds/errors.ts';
import { findCondition, isTrue, type Condition } from '../../../controllers/runtime/condition.ts';
import type { KubeObject, Stored } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';

/** An object that tells how it is, as all of ours do. */
export interface Telling extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** What a command has asked of one object, and waits for. */
export interface Goal {
  /** The object as the change has left it. */
  readonly object: Stored<Telling>;
  /** What it shall be: `gone`, or whatever this holds of. It is asked only of a status that knows of the change. */
  readonly wanted: 'gone' | ((object: Stored<Telling>) => boolean);
  /** Completes `Cluster dev is ...` when it is reached. */
  readonly reached: string;
  /** It has just been made: its rows are told from the first. */
  readonly isNew?: true;
}

/** Done, failed for good, or (undefined) still on its way. */
export type Verdict = 'done' | Failure | undefined;

/** `Cluster dev` */
export const titleOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;

export const isReady = ({ status }: Telling): boolean => isTrue(status?.conditions, 'Ready');

/** `found`: what there is of that name now. */
export function judge({ object, wanted }: Goal, found: Stored<Telling> | undefined): Verdict {
  if (found === undefined || found.metadata.uid !== object.metadata.uid) {
    return wanted === 'gone' ? 'done' : new Failure(404, `${titleOf(object)} was deleted before it was done.`);
  }
  const paused = findCondition(found.status?.conditions, 'Paused');
  if (paused?.status === 'True') return leftAlone(found);
  if (wanted === 'gone') return undefined;
  if (found.metadata.deletionTimestamp !== undefined) {
    return new Failure(409, `${titleOf(object)} is being deleted: this can not be done any more.`);
  }
  return isOfNow(found, object) ? outcome(found, wanted) : undefined;
}

function outcome(found: Stored<Telling>, wanted: (object: Stored<Telling>) => boolean): Verdict {
  if (wanted(found)) return 'done';
  const stalled = findCondition(found.status?.conditions, 'Stalled');
  if (stalled?.status !== 'True') return undefined;
  return new Failure(codeOf(stalled.reason), `${titleOf(found)}: ${stalled.message}`);
}

/** Whether its status was written by somebody who knew of the change. */
const isOfNow = ({ status }: Stored<Telling>, { metadata }: KubeObject): boolean =>
  (status?.observedGeneration ?? -1) >= (metadata.generation ?? 0);

const leftAlone = (object: KubeObject): Failure =>
  new Failure(
    409,
    `${titleOf(object)} is left alone, because it has the annotation qbo.io/paused. What you asked for is recorded, and is done ` +
      'when the annotation is removed.',
  );

/** Where nobody knows better: what it is can not be made so. */
const UNPROCESSABLE = 422;

/** The code of the error whose reason this is. */
function codeOf(reason: string): number {
  const known = Object.entries(catalogue).find(([code]) => code === reason)?.[1];
  return known?.httpCode ?? UNPROCESSABLE;
}

/** What it says of itself, `Reason: message`; empty when there is nothing to say of the change yet. */
export function wordOf({ object, wanted }: Goal, found: Stored<Telling>): string {
  const conditions = found.status?.conditions;
  const told = wanted === 'gone' ? findCondition(conditions, 'Deleting') : findCondition(conditions, 'Ready');
  if (told === undefined || (wanted !== 'gone' && !isOfNow(found, object))) return '';
  return told.message === '' ? told.reason : `${told.reason}: ${told.message}`;
}
