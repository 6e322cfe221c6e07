import { CommandError } from './command-error.ts';
import { objectsOf, VERBS } from './commands.ts';
import type { CommandEntry, Verb } from './commands.ts';
import { nearest } from './nearest.ts';
import { OBJECTS } from './objects.ts';
import type { ObjectName } from './objects.ts';
import { shown } from './shown.ts';

/** Words that other command lines have for ours. They are not taken, only understood. */
const ELSEWHERE: Readonly<Record<string, Verb>> = {
  list: 'get',
  ls: 'get',
  show: 'get',
  describe: 'get',
  watch: 'get',
  create: 'add',
  new: 'add',
  make: 'add',
  apply: 'add',
  remove: 'delete',
  rm: 'delete',
  destroy: 'delete',
  up: 'start',
  down: 'stop',
  halt: 'stop',
  freeze: 'pause',
  unpause: 'resume',
  man: 'help',
};

export const formsOf = (object: ObjectName): readonly string[] =>
  OBJECTS.find(({ name }) => name === object)?.forms ?? [];

export const singular = (object: ObjectName): string => formsOf(object)[0] ?? object;
export const plural = (object: ObjectName): string => formsOf(object)[1] ?? object;

/** How a verb speaks of an object: many are got, one is added. */
export const spoken = (verb: Verb, object: ObjectName): string => (verb === 'get' ? plural(object) : singular(object));

/** As it begins a sentence: `qbo get nodes`. */
export const commandName = ({ verb, object }: Pick<CommandEntry, 'verb' | 'object'>): string =>
  object === undefined ? `qbo ${verb}` : `qbo ${verb} ${spoken(verb, object)}`;

/** `a, b or c`. */
export const either = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;

/** @throws CommandError */
export function findVerb(word: string): Verb {
  const known = VERBS.find(({ words }) => words.some((other) => other === word));
  if (known !== undefined) return known.verb;
  const meant = likelyVerb(word);
  const advice = meant === undefined ? 'qbo help lists what there is.' : `did you mean qbo ${meant}?`;
  throw new CommandError(400, `There is no command ${shown(word)}; ${advice}`);
}

function likelyVerb(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (Object.hasOwn(ELSEWHERE, lower)) return ELSEWHERE[lower];
  const object = OBJECTS.find(({ forms }) => forms.some((form) => form === lower));
  if (object !== undefined && objectsOf('get').includes(object.name)) return `get ${plural(object.name)}`;
  return nearest(
    word,
    VERBS.flatMap(({ words }) => words),
  );
}

/** The object that a word stands for after `verb`: one of its forms, or their beginning when only one begins so. @throws CommandError */
export function findObject(verb: Verb, word: string): ObjectName {
  const taken = objectsOf(verb);
  const found = matching(word, taken);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length > 1) {
    const meanings = either(found.map((object) => spoken(verb, object)));
    throw new CommandError(400, `${shown(word)} is the beginning of more than one object; type ${meanings}.`);
  }
  const words = either(taken.map((object) => spoken(verb, object)));
  const [other] = matching(
    word,
    OBJECTS.map(({ name }) => name),
  );
  if (other !== undefined) {
    throw new CommandError(400, `qbo ${verb} does not take ${plural(other)}; it takes ${words}.`);
  }
  const meant = nearest(word, taken.flatMap(formsOf));
  const advice = meant === undefined ? `qbo ${verb} takes ${words}.` : `did you mean qbo ${verb} ${meant}?`;
  throw new CommandError(400, `There is no object ${shown(word)}; ${advice}`);
}

/** A whole form wins over all that only begin so. */
function matching(word: string, objects: readonly ObjectName[]): readonly ObjectName[] {
  const whole = objects.filter((object) => formsOf(object).includes(word));
  if (whole.length > 0 || word === '') return whole;
  return objects.filter((object) => formsOf(object).some((form) => form.startsWith(word)));
}
