import type { Readable } from 'node:stream';
import type { Connection } from './connection.ts';
import { nameAndTag } from './image-reference.ts';
import { lines } from './lines.ts';
import { Refused, refusedInStream } from './refusal.ts';

export interface PullOptions {
  readonly onProgress: (line: string) => void;
  /** Given up after so long without any progress. */
  readonly stallMs: number;
}

/** One line of the engine's progress; see `docker pull`. */
interface Progress {
  readonly id?: string;
  readonly status?: string;
  readonly progress?: string;
  readonly error?: string;
}

/** Pulls one image. Rejects with Refused, the registry's words in it, also when the registry goes silent. */
export async function pull(
  connection: Connection,
  reference: string,
  { onProgress, stallMs }: PullOptions,
  signal: AbortSignal,
): Promise<void> {
  const what = `image ${reference}`;
  const stalled = new AbortController();
  const giveUp = (): void => {
    const seconds = String(Math.round(stallMs / 1000));
    stalled.abort(new Refused(what, 0, `the registry sent nothing for ${seconds} s`));
  };
  let cancel = connection.clock.after(stallMs, giveUp);
  const sawProgress = (line: string): void => {
    cancel();
    cancel = connection.clock.after(stallMs, giveUp);
    report(what, line, onProgress);
  };
  const abort = (): void => {
    stalled.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await connection.ask(
      what,
      async (docker, abortSignal) => {
        const answer = await docker.createImage({ ...nameAndTag(reference), abortSignal });
        for await (const line of lines(answer as Readable)) if (line !== '') sawProgress(line);
      },
      stalled.signal,
    );
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}

function report(what: string, line: string, onProgress: (line: string) => void): void {
  const { id, status = '', progress, error } = JSON.parse(line) as Progress;
  if (error !== undefined) throw refusedInStream(what, error);
  onProgress([id && `${id}:`, status, progress].filter((part) => part !== undefined && part !== '').join(' '));
}
