import type { KubeObject } from '../../runtime/object.ts';
import type { ResourceType } from '../client.ts';
import { KubeApiError } from '../error.ts';
import { resourceName } from '../path.ts';

/* The refusals of an API server, in its own words: programs look at code and reason, people read the message. */

type Type = ResourceType<KubeObject>;

export const notFound = (type: Type, name: string): KubeApiError =>
  new KubeApiError(404, 'NotFound', `${resourceName(type)} "${name}" not found`);

export const alreadyExists = (type: Type, name: string): KubeApiError =>
  new KubeApiError(409, 'AlreadyExists', `${resourceName(type)} "${name}" already exists`);

export const conflict = (type: Type, name: string, why: string): KubeApiError =>
  new KubeApiError(409, 'Conflict', `Operation cannot be fulfilled on ${resourceName(type)} "${name}": ${why}`);

export const badRequest = (message: string): KubeApiError => new KubeApiError(400, 'BadRequest', message);

export function invalid(type: Type, name: string, issues: readonly string[]): KubeApiError {
  const slash = type.apiVersion.indexOf('/');
  const kind = slash < 0 ? type.kind : `${type.kind}.${type.apiVersion.slice(0, slash)}`;
  const text = issues.length === 1 ? (issues[0] ?? '') : `[${issues.join(', ')}]`;
  return new KubeApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${text}`);
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';
