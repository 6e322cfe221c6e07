/** `qbo __complete WORD...`: what the shells' scripts ask. Says nothing rather than anything wrong, and never waits long. */
import { parseCommand } from '../../api/wire/command.ts';
import type { ObjectName } from '../../api/wire/objects.ts';
import { loadConfig, mirrorOf } from '../config/index.ts';
import { converse } from '../connection/conversation.ts';
import type { Row } from '../connection/received.ts';
import { KINDS } from '../output/columns.ts';
import { oneLine } from '../output/plain.ts';
import type { World } from '../run.ts';
import { candidatesFor, type Candidate, type LiveNames } from './candidates.ts';

/** From the key to the answer; people take more for a shell that hangs. */
const PATIENCE_MS = 800;

export async function printCandidates(words: readonly string[], world: World, signal: AbortSignal): Promise<void> {
  const found = await candidatesFor(words, liveNames(world, signal));
  world.terminal.write(found.map(({ word, text }) => `${word}\t${oneLine(text)}\n`).join(''));
}

const QUESTIONS: Readonly<Partial<Record<ObjectName, string>>> = {
  cluster: 'get clusters -A',
  node: 'get nodes -A',
  user: 'get users -A',
  image: 'get images -A',
  network: 'get networks -H',
};

const liveNames =
  (world: World, signal: AbortSignal): LiveNames =>
  async (object) => {
    const question = QUESTIONS[object];
    if (question === undefined) return [];
    const late = new AbortController();
    const cancel = world.clock.after(PATIENCE_MS, () => late.abort(new Error('too late for a completion')));
    try {
      return await ask(question, world, AbortSignal.any([signal, late.signal]));
    } catch {
      // No bridge, no rights, no time: a shell that completes nothing says enough.
      return [];
    } finally {
      cancel();
    }
  };

async function ask(question: string, world: World, signal: AbortSignal): Promise<readonly Candidate[]> {
  const silent = (): void => undefined;
  const config = await loadConfig(world, silent);
  const { newId, random, clock } = world;
  const talk = {
    newId,
    random,
    clock,
    log: silent,
    uuid: mirrorOf(config),
    connect: (either: AbortSignal) => world.connect(config, either),
  };
  const found: Candidate[] = [];
  for await (const { kind, rows } of converse(parseCommand(question), talk, signal)) {
    if (kind !== 'output' && kind !== 'input')
      found.push(...rows.flatMap((row) => candidateOf(KINDS[kind]?.name(row), row)));
  }
  return found;
}

/** Names alone; what begins like a name of ours may not be one, and a shell would run what is in it. */
function candidateOf(name: string | undefined, { state, cluster, email }: Row): Candidate[] {
  if (name === undefined || !/^[\w.@:/+-]+$/.test(name)) return [];
  const about = [cluster, state, email].filter((part) => typeof part === 'string').join(' ');
  return [{ word: name, text: about }];
}
