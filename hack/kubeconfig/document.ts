import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, YAMLMap, YAMLSeq } from 'yaml';

/** What a kubeconfig says about one cluster: the bodies of its `cluster` and `user` entries. */
export interface Access {
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
}

/** The lists of a kubeconfig, and the key under which an item of each holds its body. */
const LISTS = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;
type List = keyof typeof LISTS;
const LIST_NAMES = Object.keys(LISTS) as List[];

/** Name of the extension that marks an entry as ours, with the instance that made it. kubectl keeps extensions. */
const MARK = 'qbo.io';

/** The file cannot be changed without losing something: it is left as it is. */
export class KubeconfigRefused extends Error {
  override readonly name = 'KubeconfigRefused';
}

/** The cluster and user of a kubeconfig's current context. */
export function accessOf(kubeconfig: string): Access {
  const root = parse(kubeconfig, 'the kubeconfig of the management cluster').toJS() as {
    'current-context'?: string;
    contexts?: { name: string; context: { cluster: string; user: string } }[];
    clusters?: { name: string; cluster: Access['cluster'] }[];
    users?: { name: string; user: Access['user'] }[];
  };
  const context = root.contexts?.find(({ name }) => name === root['current-context'])?.context;
  const cluster = root.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = root.users?.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined || user === undefined)
    throw new KubeconfigRefused('The kubeconfig names no current context with a cluster and a user.');
  return { cluster, user };
}

/**
 * The kubeconfig `text` with cluster, user and context `instance` put in, or replaced where this instance made them.
 * Everything else, comments too, stays. The context becomes current only when `mayBeCurrent` and none was.
 * Throws KubeconfigRefused when the text is no kubeconfig, or an entry of that name is somebody else's.
 */
export function withAccess(
  text: string,
  entry: { readonly instance: string; readonly access: Access; readonly mayBeCurrent: boolean },
  file: string,
): string {
  const document = parse(text, file);
  const { instance, access } = entry;
  const bodies: Record<List, unknown> = {
    clusters: access.cluster,
    contexts: { cluster: instance, user: instance },
    users: access.user,
  };
  for (const list of LIST_NAMES) put(document, { list, instance, body: bodies[list] }, file);
  if (entry.mayBeCurrent && !currentContext(document)) document.set('current-context', instance);
  return print(document, text);
}

/** The kubeconfig without the entries that `instance` made, by whatever name; undefined when there are none. */
export function withoutAccess(text: string, instance: string, file: string): string | undefined {
  const document = parse(text, file);
  const removed = LIST_NAMES.flatMap((list) =>
    removeMarked(listOf(document, list, file), instance).map((name) => ({ list, name })),
  );
  if (removed.length === 0) return undefined;

  const current = currentContext(document);
  if (removed.some(({ list, name }) => list === 'contexts' && name === current)) document.set('current-context', '');
  return print(document, text);
}

/** The current context that the text names; '' when it names none. */
export const currentContextOf = (text: string, file: string): string => currentContext(parse(text, file));

/** Why `instance` cannot be merged into this text; undefined when it can. */
export function refusal(text: string, instance: string, file: string): string | undefined {
  const probe = { instance, access: { cluster: {}, user: {} }, mayBeCurrent: false };
  try {
    withAccess(text, probe, file);
    return undefined;
  } catch (error) {
    if (error instanceof KubeconfigRefused) return error.message;
    throw error;
  }
}

function parse(text: string, file: string): Document {
  const parsed = parseDocument(text);
  const [problem] = parsed.errors;
  const document: Document = parsed;
  if (problem)
    throw new KubeconfigRefused(
      `${file} is not valid YAML, so it was left as it is: ${problem.message.trim()} Mend it, or set KUBECONFIG to another file, and run this again.`,
    );
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    document.contents = document.createNode({ apiVersion: 'v1', kind: 'Config' });
  }
  if (!isMap(document.contents))
    throw new KubeconfigRefused(
      `${file} is not a kubeconfig (its content is no mapping), so it was left as it is. Set KUBECONFIG to another file.`,
    );
  return document;
}

/** What kubectl wrote stays as kubectl writes it: lists at their key's own indentation, no line folded. */
const print = (document: Document, original: string): string =>
  document.toString({ lineWidth: 0, indentSeq: !/^\w+:[ \t]*\r?\n- /m.test(original) && original.trim() !== '' });

function currentContext(document: Document): string {
  const value = document.get('current-context');
  return typeof value === 'string' ? value : '';
}

/** The list's node, which is made when the key is absent or null, as kubectl leaves it when it is empty. */
function listOf(document: Document, list: List, file: string): YAMLSeq {
  const found = document.get(list);
  if (found === undefined || found === null) {
    const made = document.createNode([]) as YAMLSeq;
    document.set(list, made);
    return made;
  }
  if (!isSeq(found))
    throw new KubeconfigRefused(`${file} is not a kubeconfig (\`${list}\` is no list), so it was left as it is.`);
  return found;
}

function put(document: Document, entry: { list: List; instance: string; body: unknown }, file: string): void {
  const { list, instance } = entry;
  const sequence = listOf(document, list, file);
  const made = document.createNode({
    name: instance,
    [LISTS[list]]: {
      ...(entry.body as Readonly<Record<string, unknown>>),
      extensions: [{ name: MARK, extension: { instance } }],
    },
  });
  const index = sequence.items.findIndex((item) => isMap(item) && item.get('name') === instance);
  if (index < 0) {
    sequence.flow = false;
    sequence.items.push(made);
    return;
  }
  if (instanceOf(sequence.items[index], LISTS[list]) !== instance)
    throw new KubeconfigRefused(
      `${file} has an entry "${instance}" under ${list} that was not made here, so it was left as it is. ` +
        `Rename it (kubectl config rename-context ${instance} OTHER, and its cluster and user), or set QBO_INSTANCE to another name.`,
    );
  sequence.items[index] = made;
}

function removeMarked(sequence: YAMLSeq, instance: string): string[] {
  const ours = sequence.items.filter(
    (item): item is YAMLMap =>
      isMap(item) && Object.values(LISTS).some((bodyKey) => instanceOf(item, bodyKey) === instance),
  );
  sequence.items = sequence.items.filter((item) => !ours.includes(item as YAMLMap));
  if (sequence.items.length === 0) sequence.flow = true;
  return ours.map((item) => String(item.get('name')));
}

/** The instance that an entry's mark names; undefined when it has no mark. */
function instanceOf(item: unknown, bodyKey: string): string | undefined {
  if (!isMap(item)) return undefined;
  const extensions = item.getIn([bodyKey, 'extensions']);
  if (!isSeq(extensions)) return undefined;
  const mark = extensions.items.find((extension) => isMap(extension) && extension.get('name') === MARK);
  const instance = isMap(mark) ? mark.getIn(['extension', 'instance']) : undefined;
  return typeof instance === 'string' ? instance : undefined;
}
