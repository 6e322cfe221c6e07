import { Reason } from '../crds/conditions.ts';
import { ImageUnavailable, NotANodeImage } from '../crds/errors.ts';
import type { ErrorCode } from '../crds/errors.ts';
import type { Node } from '../crds/node.ts';
import type { Image } from './backends/containers.ts';
import { idOf } from './identity.ts';
import { ensureWithRetry } from './retry.ts';
import { findCondition } from './runtime/condition.ts';
import type { Condition } from './runtime/condition.ts';
import type { KubeObject, Stored } from './runtime/object.ts';
import { fail, waitFor } from './runtime/step.ts';
import type { Step } from './runtime/step.ts';
import { TASK } from './task-names.ts';
import type { World } from './world.ts';

const UNAVAILABLE: ErrorCode = 'ImageUnavailable';

/** How often a pull that runs is looked at. */
const LOOK_MS = 5_000;

/** kind's contract for node images: the entry point prepares the container, then becomes systemd. */
const ENTRYPOINT = ['/usr/local/bin/entrypoint', '/sbin/init'];

/** Whether it keeps to that. */
export const isNodeImage = ({ entrypoint }: Image): boolean => ENTRYPOINT.every((part, i) => entrypoint[i] === part);

export interface ImageRequest {
  readonly world: World;
  readonly object: Stored<KubeObject>;
  /** What was said of the object last: the same is not told twice, and stands while it is tried again. */
  readonly conditions: readonly Condition[] | undefined;
  readonly signal: AbortSignal;
  /** Called when a pull has ended. */
  readonly wake: () => void;
}

/** The engine's image of that reference, pulled beside the loop when it is not there; or the step to report meanwhile. */
export async function findOrPull(reference: string, request: ImageRequest): Promise<Image | Step> {
  const { world, object, signal } = request;
  const image = await world.containers.images.find(reference, signal);
  if (image === undefined) return pull(reference, request);
  world.tasks.forget(object.metadata.uid, pullTask(reference));
  if (isNodeImage(image)) return image;
  const why = `it starts ${image.entrypoint.join(' ') || 'nothing'}, and a node image starts ${ENTRYPOINT.join(' ')}`;
  const error = new NotANodeImage({ image: reference, why });
  return fail(error.reason, error.message);
}

async function pull(reference: string, request: ImageRequest): Promise<Step> {
  const { world, object, conditions, wake } = request;
  const run = ensureWithRetry(world.tasks, world.clock, {
    owner: object.metadata.uid,
    id: pullTask(reference),
    measuredAs: TASK.pull,
    generation: 1,
    run: (abort, report) => world.containers.images.pull(reference, report, abort),
    onSettled: wake,
  });
  if (run.state === 'succeeded') {
    // It was there and is gone: somebody removed it after the pull.
    world.tasks.forget(object.metadata.uid, pullTask(reference));
    return waitFor(Reason.PullingImage, `Pulling ${reference} again`, 0);
  }
  const said = findCondition(conditions, 'ImageReady');
  if (run.state === 'running') {
    // Until the registry has said something new, what it said last stands.
    if (said?.reason === UNAVAILABLE && run.tail(1) === '') return fail(said.reason, said.message, LOOK_MS);
    return waitFor(Reason.PullingImage, `Pulling ${reference}: ${run.lastLine}`, LOOK_MS);
  }
  if (!(run.error instanceof ImageUnavailable)) throw run.error;
  return refuse(run.error, said, request);
}

async function refuse(
  { details }: ImageUnavailable,
  said: Condition | undefined,
  request: ImageRequest,
): Promise<Step> {
  const { world, object, signal } = request;
  const known = await nodeImages(world, signal);
  const { reason, message } = new ImageUnavailable({ ...details, known: known.flatMap(({ tags }) => tags) });
  if (said?.message !== message) {
    world.events.record({ object, type: 'Warning', reason, action: 'PullImage', message });
  }
  return fail(reason, message);
}

/** What the containers of these Nodes were made from, if there are any: the truth when a status was lost. */
export async function imageInUse(
  world: World,
  nodes: readonly Stored<Node>[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const node of nodes) {
    const [container] = await world.containers.findByOwner(idOf(node), signal);
    if (container !== undefined) return container.image.reference;
  }
  return undefined;
}

/** Local images that can be nodes. */
export async function nodeImages(world: World, signal: AbortSignal): Promise<readonly Image[]> {
  return (await world.containers.images.list(signal)).filter(isNodeImage);
}

const pullTask = (reference: string): string => `pull ${reference}`;
