import { KubeApiError } from '../error.ts';
import { treeAt, valueAt, type Tree } from './tree.ts';

export type Predicate = (object: Tree) => boolean;

const everything: Predicate = () => true;
const KEY = String.raw`[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const EQUALITY = new RegExp(`^(?<key>${KEY})\\s*(?<operator>==|=|!=)\\s*(?<value>[-A-Za-z0-9_.]*)$`);
const SET = new RegExp(`^(?<key>${KEY})\\s+(?<operator>in|notin)\\s+\\((?<values>[^()]*)\\)$`);
const EXISTENCE = new RegExp(`^(?<absent>!?)\\s*(?<key>${KEY})$`);

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`: all must hold. Throws 400 BadRequest when it can not be read. */
export function labelSelector(text = ''): Predicate {
  // A comma inside parentheses separates values, not requirements.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  if (text.trim() === '') return everything;
  const requirements = parts.map(labelRequirement);
  return (object) => {
    const labels = treeAt(treeAt(object, 'metadata'), 'labels');
    return requirements.every((holds) => holds(labels));
  };
}

function labelRequirement(text: string): (labels: Tree) => boolean {
  const {
    key = '',
    operator,
    value,
    values,
    absent,
  } = {
    ...EXISTENCE.exec(text)?.groups,
    ...SET.exec(text)?.groups,
    ...EQUALITY.exec(text)?.groups,
  } as Record<string, string | undefined>;
  if (key === '') throw new KubeApiError(400, 'BadRequest', `unable to parse requirement: "${text}"`);
  if (operator === undefined) return (labels) => key in labels === (absent !== '!');
  const wanted = values === undefined ? [value] : values.split(',').map((one) => one.trim());
  const isNegative = operator === '!=' || operator === 'notin';
  return (labels) => wanted.includes(labels[key] as string | undefined) !== isNegative;
}

/** `metadata.name=a,status.phase!=b`. Throws 400 BadRequest for a field that the kind can not be selected by. */
export function fieldSelector(text = '', selectable: readonly string[]): Predicate {
  if (text.trim() === '') return everything;
  const requirements = text.split(',').map((part) => {
    const {
      field = '',
      operator,
      value,
    } = /^(?<field>[^=!]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(part.trim())?.groups ?? {};
    if (!selectable.includes(field)) {
      throw new KubeApiError(400, 'BadRequest', `field label not supported: ${field === '' ? part : field}`);
    }
    return (object: Tree): boolean => ((valueAt(object, field) ?? '') === value) === (operator !== '!=');
  });
  return (object) => requirements.every((holds) => holds(object));
}
