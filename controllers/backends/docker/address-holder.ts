import type { ContainerInspectInfo } from 'dockerode';
import { AddressTaken } from '../../../crds/errors.ts';
import type { Connection } from './connection.ts';
import { fixedAddresses } from './container-view.ts';
import { Refused } from './refusal.ts';

const ADDRESS_IN_USE = /address already in use/i;

export const isAddressRefusal = (error: unknown): error is Refused =>
  error instanceof Refused && ADDRESS_IN_USE.test(error.answer);

/** The engine says only that some address is taken: finds which of the container's it is, and by whom. */
export async function whoHoldsAddress(
  connection: Connection,
  container: ContainerInspectInfo,
  signal: AbortSignal,
): Promise<AddressTaken | undefined> {
  const wanted = fixedAddresses(container);
  for (const { network, address } of wanted) {
    const by = await holderOf(connection, { network, address, except: container.Id }, signal);
    if (by !== undefined) return new AddressTaken({ address, network, by });
  }
  const [first] = wanted;
  return first && new AddressTaken(first);
}

/** The container that has an address in a network; undefined when none of those that run does. */
export async function holderOf(
  connection: Connection,
  { network, address, except }: { network: string; address: string; except: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { Containers } = await connection.ask(
    `network ${network}`,
    (docker) => docker.getNetwork(network).inspect(),
    signal,
  );
  const holder = Object.entries(Containers ?? {}).find(
    ([id, { IPv4Address }]) => id !== except && IPv4Address.split('/')[0] === address,
  );
  return holder && `container ${holder[1].Name}`;
}
