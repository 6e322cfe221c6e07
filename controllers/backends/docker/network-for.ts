import type { NetworkInspectInfo } from 'dockerode';
import { NetworkMissing } from '../../../crds/errors.ts';
import { brief } from '../brief.ts';
import type { Connection } from './connection.ts';
import { Refused } from './refusal.ts';

/** A network that a container is to be in. Throws NetworkMissing. */
export async function networkFor(
  connection: Connection,
  names: { readonly network: string; readonly container: string },
  signal: AbortSignal,
): Promise<NetworkInspectInfo> {
  try {
    return await connection.ask(
      `network ${brief(names.network)}`,
      (docker) => docker.getNetwork(names.network).inspect(),
      signal,
    );
  } catch (error) {
    if (Refused.is(error, 404))
      throw new NetworkMissing({ network: brief(names.network), container: brief(names.container) }, error);
    throw error;
  }
}
