import type { Dataplane } from '../../dataplane.ts';
import { desiredFrom, observedToWire, requestSchema, VERSION } from './messages.ts';
import type { Answer, Request } from './messages.ts';

/** The two ends of the way to the operator, in whole lines. */
export interface Lines {
  readonly input: AsyncIterable<string>;
  readonly write: (line: string) => void;
}

/**
 * Answers until the input ends: then nobody is there any more, and the rules stay as they are. A line that is no request of
 * ours ends it too, with the error that says so: the other side is not who we think.
 */
export async function serveDataplane(dataplane: Dataplane, { input, write }: Lines): Promise<void> {
  const end = new AbortController();
  const say = (answer: Answer): void => {
    if (!end.signal.aborted) write(JSON.stringify(answer));
  };
  say({ hello: VERSION });
  const told = tell(dataplane, say, end.signal);
  // One after the other: two transactions at once would each be about what the other is changing.
  let last: Promise<void> = Promise.resolve();
  try {
    for await (const line of input) {
      const request = requestSchema.parse(JSON.parse(line));
      last = last.then(() => answer(dataplane, request, say, end.signal));
    }
    await last;
  } finally {
    end.abort();
    await told;
  }
}

async function answer(
  dataplane: Dataplane,
  request: Request,
  say: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<void> {
  const { id } = request;
  try {
    say({ id, result: await carryOut(dataplane, request, signal) });
  } catch (error) {
    say({ id, error: reasonOf(error) });
  }
}

async function carryOut(dataplane: Dataplane, request: Request, signal: AbortSignal): Promise<unknown> {
  switch (request.method) {
    case 'describe':
      return dataplane.describe(signal);
    case 'read':
      return observedToWire(await dataplane.read(signal));
    case 'apply':
      return dataplane.apply(desiredFrom(request), signal);
  }
}

/** The sentence around it is made again on the other side. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'details' in error)
    return (error.details as { readonly why?: string }).why ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** A watch that breaks is told as a change: who hears it looks, and finds what is wrong. */
async function tell(dataplane: Dataplane, say: (answer: Answer) => void, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of dataplane.changes(signal)) say({ event: 'changed' });
  } catch (error) {
    if (!signal.aborted) say({ event: 'changed' });
    if (!signal.aborted && !(error instanceof Error)) throw error;
  }
}
