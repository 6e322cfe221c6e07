import { Failure } from '../failure.ts';
import { nearest } from '../wire/nearest.ts';
import { shown } from '../wire/shown.ts';
import type { Choice } from './choice.ts';

const MANY = 5;

/** 404: names that stand for nothing, with the nearest that there are. `kind` is `cluster`, `cluster or node`. */
export function notFound(
  names: readonly string[],
  kind: string,
  choices: readonly Choice<unknown>[],
  namespace: string,
): Failure {
  const called = choices.map((choice) => {
    const where = choice.namespace === namespace ? '' : `${choice.namespace}/`;
    return choice.words.map((word) => `${where}${word}`);
  });
  const sentences = names.map((name) => `There is no ${kind} ${shown(name)}. ${advice(name, kind, called)}`);
  return new Failure(404, sentences.join(' '));
}

/** `called`: the words for each that there is, the best known first. */
function advice(name: string, kind: string, called: readonly (readonly string[])[]): string {
  const see = `See qbo get ${kind.slice(kind.lastIndexOf(' ') + 1)}s -A.`;
  const words = called.flat();
  const near = nearest(name, words) ?? words.find((word) => word.endsWith(`/${name}`));
  if (near !== undefined) return `Did you mean ${near}?`;
  const listed = [...new Set(called.flatMap(([first]) => first ?? []))];
  if (listed.length === 0) return `You have none. ${see}`;
  if (listed.length > MANY) return see;
  return `There ${listed.length === 1 ? 'is' : 'are'} ${listed.join(', ')}.`;
}
