import type { KubeObject } from './object.ts';

export interface ListRequest {
  /** Page size; absent: everything at once. */
  readonly limit?: number;
  readonly continue?: string;
  /** Absent: the newest; '0': whatever the server has at hand; else: not older than this. */
  readonly resourceVersion?: string;
}

export interface ListPage<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Present when there is another page. */
  readonly continue?: string;
}

export interface WatchRequest {
  readonly resourceVersion: string;
  /** The server should end the watch after so long. */
  readonly timeoutSeconds: number;
}

export interface WatchEvent<T extends KubeObject> {
  /** A BOOKMARK's object has only a resourceVersion. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/**
 * The two calls that a reflector needs, for one kind in one scope. Failures that the server answered are recognised by
 * shape: `code` (HTTP), `reason` (metav1.Status) and `retryAfterSeconds`; anything else counts as a lost connection.
 */
export interface ListerWatcher<T extends KubeObject> {
  list(request: ListRequest, signal: AbortSignal): Promise<ListPage<T>>;
  /** Asks for bookmarks. Ends when the server ends it; throws what the server says in an ERROR event. */
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
}
