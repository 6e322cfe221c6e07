import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** Where the management node, and the operator's pod in it, see the folder of the engine's socket. */
const ENGINE_FOLDER = '/run/qbo-engine';
/** Where they see the host's network tables. */
const HOST_NET = '/host/net';

export interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * What the management node sees of the host: the folder of the engine's socket, because a socket that is mounted as a
 * file goes stale when the engine makes a new one, and the host's routes, which no cluster's subnet may cover.
 */
export async function managementMounts(socketPath: string): Promise<readonly HostMount[]> {
  const socket = await realpath(socketPath);
  return [
    { source: dirname(socket), target: ENGINE_FOLDER, readOnly: false },
    // Process 1 of the host, whichever network this process itself is in.
    { source: '/proc/1/net', target: HOST_NET, readOnly: true },
  ];
}

/** The engine's socket as the management node sees it. */
export const socketInside = async (socketPath: string): Promise<string> =>
  `${ENGINE_FOLDER}/${basename(await realpath(socketPath))}`;
