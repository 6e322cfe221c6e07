import { pipeline } from 'node:stream/promises';
import { posix } from 'node:path';
import { extract, pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import type { Readable } from 'node:stream';
import { ContainerNotRunning } from '../../../crds/errors.ts';
import { brief } from '../brief.ts';
import { assertArchivable } from '../archivable.ts';
import type { FileContent } from '../containers.ts';
import type { Connection } from './connection.ts';
import { Refused } from './refusal.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_LINKS = 8;

/** See Containers.readFile. */
export async function readFile(
  connection: Connection,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    assertArchivable(at);
    const found = await readEntry(connection, id, at, signal);
    if (found === undefined || found.header.type === 'file') return found?.content;
    // The engine follows links to folders, and hands out the last one as it is.
    if (found.header.type !== 'symlink' || !found.header.linkname) return undefined;
    at = posix.resolve(posix.dirname(at), found.header.linkname);
  }
  return undefined;
}

interface Entry {
  readonly header: Header;
  readonly content: string;
}

async function readEntry(
  connection: Connection,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  try {
    return await connection.ask(
      `file ${path} in container ${brief(id)}`,
      async (docker, abortSignal) => {
        const archive = await docker.getContainer(id).getArchive({ path, abortSignal });
        return firstEntry(archive as Readable, path);
      },
      signal,
    );
  } catch (error) {
    if (Refused.is(error, 404) || Refused.is(error, 500, /: not a directory$|too many links/i)) return undefined;
    throw error;
  }
}

/** The rest of the archive, when it is a folder's, is not read. */
async function firstEntry(archive: Readable, path: string): Promise<Entry | undefined> {
  const entries = extract();
  const copied = pipeline(archive, entries).catch((error: unknown) => {
    if (!entries.destroyed) entries.destroy(error as Error);
  });
  try {
    for await (const entry of entries) {
      const chunks: Buffer[] = [];
      if ((entry.header.size ?? 0) > MAX_BYTES)
        throw new Error(`File ${path} is larger than ${String(MAX_BYTES)} bytes: read it with a command`);
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return { header: entry.header, content: Buffer.concat(chunks).toString('utf8') };
    }
    return undefined;
  } finally {
    archive.destroy();
    await copied;
  }
}

/** See Containers.writeFiles. Folders are not in the archive, so the engine makes those that are missing and no more. */
export async function writeFiles(
  connection: Connection,
  id: string,
  files: readonly FileContent[],
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  const archive = pack();
  for (const { path, content, mode } of files) {
    assertArchivable(path);
    archive.entry({ name: path.slice(1), mode, mtime: new Date(connection.clock.now()) }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  try {
    await connection.ask(
      `files in container ${brief(id)}`,
      (docker, abortSignal) => docker.getContainer(id).putArchive(bytes, { path: '/', abortSignal }),
      signal,
    );
  } catch (error) {
    if (!Refused.is(error, 404)) throw error;
    throw new ContainerNotRunning({ container: brief(id), state: 'it is gone' }, error);
  }
}
