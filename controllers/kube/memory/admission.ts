import type { ResourceType } from '../client.ts';
import type { KubeObject } from '../../runtime/object.ts';
import type { Entry } from './database.ts';
import type { CompleteRules } from './kind-rules.ts';
import { badRequest, conflict, invalid, MODIFIED } from './refusal.ts';
import { treeAt, type Tree } from './tree.ts';

const LABEL_KEY = /^([a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

export const nameOf = (object: Tree): string => text(treeAt(object, 'metadata')['name']);

/** Throws 400 when an object is sent to where objects of another kind live. */
export function checkKind(type: ResourceType<KubeObject>, object: Tree): void {
  if (object['apiVersion'] === type.apiVersion && object['kind'] === type.kind) return;
  const sent = `${text(object['apiVersion'])}, Kind=${text(object['kind'])}`;
  throw badRequest(`the object provided is unrecognized: it is ${sent}, not ${type.apiVersion}, Kind=${type.kind}`);
}

/** Throws 409 when the write was meant for another version of the object, or for another object of that name. */
export function checkPreconditions(type: ResourceType<KubeObject>, object: Tree, current: Entry): void {
  const { name, uid, resourceVersion } = treeAt(object, 'metadata');
  const { metadata } = current.object;
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== metadata.resourceVersion) {
    throw conflict(type, text(name), MODIFIED);
  }
  if (uid !== undefined) checkUid(type, current, text(uid));
}

export function checkUid(type: ResourceType<KubeObject>, current: Entry, uid: string): void {
  const { metadata } = current.object;
  if (uid === metadata.uid) return;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  throw conflict(type, metadata.name, why);
}

/** The object with its defaults and without unknown fields. Throws 422 with everything that is wrong with it. */
export function admitted(rules: CompleteRules, object: Tree, current: Entry | undefined): Tree {
  const metadata = treeAt(object, 'metadata');
  const name = text(metadata['name']);
  const issues = [...metadataIssues(rules, metadata), ...finalizerIssues(metadata, current)];
  const admission = rules.admit?.(object, current?.object) ?? { ok: true, object };
  if (!admission.ok) {
    issues.push(...admission.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)));
  }
  if (!admission.ok || issues.length > 0) throw invalid(rules.type, name, issues);
  return admission.object as Tree;
}

function metadataIssues(rules: CompleteRules, metadata: Tree): string[] {
  const name = text(metadata['name']);
  const labels = Object.entries(treeAt(metadata, 'labels'));
  return [
    ...(rules.name.test(name) ? [] : [`metadata.name: Invalid value: "${name}": not a valid name for this kind`]),
    ...labels
      .filter(([key, value]) => !LABEL_KEY.test(key) || typeof value !== 'string' || !LABEL_VALUE.test(value))
      .map(([key, value]) => `metadata.labels: Invalid value: "${key}=${text(value)}": not a valid label`),
  ];
}

function finalizerIssues(metadata: Tree, current: Entry | undefined): string[] {
  if (current?.object.metadata.deletionTimestamp === undefined) return [];
  const known = current.object.metadata.finalizers ?? [];
  const added = ((metadata['finalizers'] ?? []) as readonly string[]).filter((one) => !known.includes(one));
  if (added.length === 0) return [];
  const list = JSON.stringify(added);
  return [
    `metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
  ];
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
