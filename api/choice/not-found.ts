import { Failure } from '../failure.ts';
import { nearest } from '../wire/nearest.ts';
import { shown } from '../wire/shown.ts';
import type { Choice } from './choice.ts';

const MANY = 5;

/** 404: names that stand for nothing, with the nearest that there are. `kind` is `cluster`, `node`. */
export function notFound(
  names: readonly string[],
  kind: string,
  choices: readonly Choice<unknown>[],
  namespace: string,
): Failure {
  const known = choices.flatMap((choice) => {
    const [first] = choice.words;
    if (first === undefined) return [];
    return [choice.namespace === namespace ? first : `${choice.namespace}/${first}`];
  });
  const sentences = names.map((name) => `There is no ${kind} ${shown(name)}. ${advice(name, kind, known)}`);
  return new Failure(404, sentences.join(' '));
}

function advice(name: string, kind: string, known: readonly string[]): string {
  if (known.length === 0) return `You have none: see qbo get ${kind} -A.`;
  const near = nearest(name, known) ?? known.find((word) => word.endsWith(`/${name}`));
  if (near !== undefined) return `Did you mean ${near}?`;
  const listed = [...new Set(known)].slice(0, MANY).join(', ');
  return known.length > MANY ? `There are ${listed} and others: see qbo get ${kind} -A.` : `There is ${listed}.`;
}
