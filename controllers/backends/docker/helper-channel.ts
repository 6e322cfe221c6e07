import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Channel } from '../dataplane/agent/remote.ts';
import type { Connection } from './connection.ts';

const HEADER_BYTES = 8;
const STDERR = 2;
const LAST_WORDS = 300;

/**
 * A command in a container as a pair of lines: what is sent is its input, what it prints comes up. Its input ends with the
 * channel, and so does the channel with the command.
 */
export async function helperChannel(
  connection: Connection,
  container: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<Channel> {
  const socket = await connection.ask(
    `a command in container ${container}`,
    async (docker, abortSignal) => {
      const options: Docker.ExecCreateOptions = {
        Cmd: [...argv],
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        abortSignal,
      };
      const command = await docker.getContainer(container).exec(options);
      return command.start({ hijack: true, stdin: true });
    },
    signal,
  );
  return {
    lines: linesOf(socket),
    send: (line) => void socket.write(`${line}\n`),
    close: () => void socket.destroy(),
  };
}

/** Lines of the command's output. When it ends with something to say on its other output, that is thrown. */
async function* linesOf(socket: Duplex): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let complaint = '';
  for await (const { isError, payload } of framesOf(socket)) {
    if (isError) complaint = `${complaint}${payload.toString()}`.slice(-LAST_WORDS);
    else rest += decoder.decode(payload, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (complaint.trim() !== '') throw new Error(`its helper ended: ${complaint.trim()}`);
}

interface Frame {
  readonly isError: boolean;
  readonly payload: Buffer;
}

/** Docker carries both outputs in one stream of frames: one byte says which, three are zero, four give the length. */
async function* framesOf(socket: Duplex): AsyncGenerator<Frame, void, undefined> {
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = HEADER_BYTES;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    held += chunk.length;
    // Joined only when a frame is whole: a large answer comes in thousands of pieces.
    if (held < needed) continue;
    let buffer = Buffer.concat(chunks);
    for (;;) {
      needed = buffer.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + buffer.readUInt32BE(4);
      if (buffer.length < needed) break;
      yield { isError: buffer[0] === STDERR, payload: buffer.subarray(HEADER_BYTES, needed) };
      buffer = buffer.subarray(needed);
    }
    chunks = [buffer];
    held = buffer.length;
  }
}
