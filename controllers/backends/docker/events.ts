import type { Readable } from 'node:stream';
import { ownerKeyOf } from '../kind-made.ts';
import type { Connection } from './connection.ts';
import { lines } from './lines.ts';
import { Owners } from './owners.ts';

/**
 * What changes the world that reconcilers look at. Not exec_create, exec_start and exec_die: our own probes would wake us for
 * ever.
 */
const EVENTS = [
  ...[
    'create',
    'start',
    'die',
    'stop',
    'kill',
    'pause',
    'unpause',
    'destroy',
    'oom',
    'health_status',
    'rename',
    'update',
  ],
  ...['connect', 'disconnect'],
];

interface Event {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

/** See Containers.changes. */
export async function* changes(connection: Connection, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const owners = new Owners(connection);
  await owners.learn(signal);
  // Not filtered by label: events of networks do not carry the network's labels.
  const filters = { type: ['container' as const, 'network' as const], event: EVENTS };
  const ended = new AbortController();
  const stream = await connection.ask(
    'its events',
    (docker) =>
      docker.getEvents({ filters, abortSignal: AbortSignal.any([signal, ended.signal]) }) as Promise<Readable>,
    signal,
  );
  try {
    for await (const line of lines(stream)) {
      const event = parse(line);
      if (event !== undefined) yield* await ownersOf(event, owners, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    connection.log.info('The stream of engine events broke', { error });
  } finally {
    ended.abort();
    stream.destroy();
  }
}

/** undefined for a line that is not whole: the engine went away in the middle of it. */
function parse(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function ownersOf({ Type, Actor }: Event, owners: Owners, signal: AbortSignal): Promise<readonly string[]> {
  if (Type === 'container') return present([ownerKeyOf({ id: Actor.ID, labels: Actor.Attributes })]);
  const container = Actor.Attributes['container'];
  return present([
    await owners.ofNetwork(Actor.ID, signal),
    container === undefined ? undefined : await owners.ofContainer(container, signal),
  ]);
}

const present = (found: readonly (string | undefined)[]): string[] =>
  found.filter((owner) => owner !== undefined && owner !== '') as string[];
