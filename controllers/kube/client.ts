import type { KubeObject, ObjectKey, Stored } from '../runtime/object.ts';

/** Where a kind lives in the API. The phantom type parameter ties every call to the objects that it returns. */
export interface ResourceType<T extends KubeObject> {
  /** `v1`, `apps/v1`, `qbo.io/v1alpha1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: carries T for the compiler. */
  readonly _object?: T;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Page size; absent: everything at once. */
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface ObjectList<T extends KubeObject> {
  readonly items: readonly Stored<T>[];
  readonly resourceVersion: string;
  /** Present when there is another page. */
  readonly continue?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
  /** The server ends the watch after this many seconds. */
  readonly timeoutSeconds?: number;
}

/** A BOOKMARK's object has only a resourceVersion. An ERROR event never arrives: it is thrown as KubeApiError. */
export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: Stored<T>;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  readonly subresource?: 'status';
}

export interface DeleteOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  /** Deletes only the object with this uid; another of the same name is left alone (409 Conflict). */
  readonly uid?: string;
}

export interface IssuedToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** What an apply sends: identity, and only the fields that the manager owns. */
export type ApplyConfiguration = KubeObject & Readonly<Record<string, unknown>>;

/**
 * What we need of a Kubernetes API server, and no more. Twins: `api-server.ts` (real) and `memory.ts`; both pass
 * `client.contract.ts`. Every method rejects with KubeApiError when the server answered with a failure,
 * KubeUnreachable when it could not be asked, and the signal's reason when aborted. Timestamps are strings, as on the wire.
 */
export interface KubeClient {
  /** undefined when there is none. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, signal: AbortSignal): Promise<Stored<T> | undefined>;
  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions, signal: AbortSignal): Promise<ObjectList<T>>;
  /** Ends when the server ends it; a dropped connection throws. Always asks for bookmarks. */
  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** Server-side apply, always forced: what a manager applies is its own. Creates what is missing. */
  apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: ApplyConfiguration,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<Stored<T>>;
  /** Rejects with 409 AlreadyExists when there is one of that name. */
  create<T extends KubeObject>(type: ResourceType<T>, object: T, signal: AbortSignal): Promise<Stored<T>>;
  /** Replaces the object; metadata.resourceVersion, when given, must be the stored one (409 Conflict). */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, signal: AbortSignal): Promise<Stored<T>>;
  /** JSON merge patch (RFC 7386). */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Stored<T>>;
  /** Resolves also when there was none. */
  delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<void>;
  /** Asks a Pod to leave through the Eviction API. Rejects with 429 while a PodDisruptionBudget forbids it. */
  evict(pod: ObjectKey, signal: AbortSignal): Promise<void>;
  /**
   * A token with which its holder is this ServiceAccount, for at least ten minutes; the server may shorten what is asked for.
   * Rejects with 404 when there is no such account.
   */
  requestToken(account: ObjectKey, expiresInSeconds: number, signal: AbortSignal): Promise<IssuedToken>;
  /** GET of a plain path such as `/readyz`; the body. */
  raw(path: string, signal: AbortSignal): Promise<string>;
  /** Closes idle connections. The client may not be used afterwards. */
  close(): void;
}
