import type { KubeObject, ObjectKey } from '../../runtime/object.ts';
import type { ListOptions, ResourceType } from '../client.ts';
import { KubeApiError } from '../error.ts';
import { requireKey } from '../path.ts';
import type { Database, Entry } from './database.ts';
import type { CompleteRules, KindRegistry } from './kind-rules.ts';
import { badRequest } from './refusal.ts';
import { fieldSelector, labelSelector, type Predicate } from './selector.ts';
import { treeAt } from './tree.ts';

export interface Page {
  readonly items: readonly Entry['object'][];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export type Selection = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** Where a list goes on: at the same moment, after the last object of the page before. */
interface Continuation {
  readonly revision: number;
  readonly after: string;
}

/** What reads see of the database. */
export class Reader {
  readonly #database: Database;
  readonly #registry: KindRegistry;

  constructor(database: Database, registry: KindRegistry) {
    this.#database = database;
    this.#registry = registry;
  }

  get(type: ResourceType<KubeObject>, key: ObjectKey): Entry['object'] | undefined {
    const rules = this.#registry.rulesOf(type);
    requireKey(type, key);
    return this.#database.find(rules, key)?.object;
  }

  /**
   * In the order of namespace and name. Later pages see later writes, which a watch from the list's resourceVersion
   * repeats, but are refused (410) when the changes since the first page are no longer known.
   */
  list(type: ResourceType<KubeObject>, options: ListOptions): Page {
    const rules = this.#registry.rulesOf(type);
    const { revision, after } = this.#start(rules, options);
    const selected = selection(rules, options);
    const found = [...this.#database.entries(rules)]
      .map(({ object }) => object)
      .filter((object) => selected(object) && orderOf(object) > after)
      .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const items = options.limit === undefined || options.limit === 0 ? found : found.slice(0, options.limit);
    const last = items.at(-1);
    const isMore = last !== undefined && items.length < found.length;
    return {
      items,
      resourceVersion: String(revision),
      ...(isMore && { continue: toToken({ revision, after: orderOf(last) }) }),
    };
  }

  /** Whether a list or watch with these options shows an object. */
  selection(type: ResourceType<KubeObject>, options: Selection): Predicate {
    return selection(this.#registry.rulesOf(type), options);
  }

  #start(rules: CompleteRules, options: ListOptions): Continuation {
    if (options.continue !== undefined) {
      const continuation = fromToken(options.continue);
      this.#database.history(rules).since(continuation.revision);
      return continuation;
    }
    const { revision } = this.#database;
    if (Number(options.resourceVersion ?? 0) > revision) {
      const versions = `${options.resourceVersion ?? ''}, current: ${String(revision)}`;
      throw new KubeApiError(504, 'Timeout', `Too large resource version: ${versions}`, 1);
    }
    return { revision, after: '' };
  }
}

function selection(rules: CompleteRules, options: Selection): Predicate {
  const byLabel = labelSelector(options.labelSelector);
  const byField = fieldSelector(options.fieldSelector, rules.selectableFields);
  const namespace = rules.type.namespaced ? (options.namespace ?? '') : '';
  return (object) =>
    (namespace === '' || treeAt(object, 'metadata')['namespace'] === namespace) && byLabel(object) && byField(object);
}

const orderOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

const toToken = (continuation: Continuation): string => btoa(JSON.stringify(continuation));

function fromToken(token: string): Continuation {
  try {
    return JSON.parse(atob(token)) as Continuation;
  } catch (error) {
    throw badRequest(`continue key is not valid: ${(error as Error).message}`);
  }
}
