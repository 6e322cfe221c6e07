import type { IncomingMessage } from 'node:http';
import type { KubeObject, ObjectKey, Stored } from '../runtime/object.ts';
import type {
  ApplyConfiguration,
  ApplyOptions,
  DeleteOptions,
  IssuedToken,
  KubeClient,
  ListOptions,
  ObjectList,
  ResourceType,
  WatchEvent,
  WatchOptions,
} from './client.ts';
import { KubeApiError } from './error.ts';
import { parseFailure, unreachable } from './failure.ts';
import { collectionPath, objectPath, requireNamespace } from './path.ts';
import type { ApiRequest, Limits, Sender } from './transport.ts';
import { stored } from './wire.ts';
import { watchEvents } from './watch-stream.ts';

/** A watch must end when the server said that it would; later than this, the server is dead and nobody told us. */
const WATCH_GRACE_MS = 30_000;
const DEFAULT_WATCH_SECONDS = 600;

/** The Kubernetes API spoken over HTTP and JSON. */
export class HttpKubeClient implements KubeClient {
  readonly #transport: Sender;
  readonly #limits: Limits;

  constructor(transport: Sender, requestTimeoutMs: number) {
    this.#transport = transport;
    this.#limits = { headersMs: requestTimeoutMs, bodyMs: requestTimeoutMs };
  }

  async get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    signal: AbortSignal,
  ): Promise<Stored<T> | undefined> {
    const body = await this.#ask({ method: 'GET', path: objectPath(type, key) }, signal, key.name);
    return body === undefined ? undefined : stored(type, this.#parse(body));
  }

  async list<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): Promise<ObjectList<T>> {
    const { namespace = '', ...rest } = options;
    const body = await this.#object({ method: 'GET', path: collectionPath(type, namespace) + query(rest) }, signal);
    const { items, metadata } = body as { items: unknown[] | null; metadata: Record<string, string> };
    return {
      items: (items ?? []).map((item) => stored(type, item)),
      resourceVersion: metadata['resourceVersion'] ?? '',
      ...(metadata['continue'] && { continue: metadata['continue'] }),
    };
  }

  async *watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace = '', timeoutSeconds = DEFAULT_WATCH_SECONDS, ...rest } = options;
    const parameters = query({ ...rest, timeoutSeconds, watch: true, allowWatchBookmarks: true });
    const limits = { ...this.#limits, bodyMs: timeoutSeconds * 1000 + WATCH_GRACE_MS };
    const request: ApiRequest = { method: 'GET', path: collectionPath(type, namespace) + parameters };
    const response = await this.#transport.send(request, limits, signal);
    if (!isSuccess(response)) throw (await this.#failure(response, signal)).error;
    try {
      yield* watchEvents(type, response);
    } catch (error) {
      throw this.#readError(error, signal);
    } finally {
      response.destroy();
    }
  }

  async apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: ApplyConfiguration,
    options: ApplyOptions,
    signal: AbortSignal,
  ): Promise<Stored<T>> {
    const key = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
    const path =
      objectPath(type, key, options.subresource) + query({ fieldManager: options.fieldManager, force: true });
    const contentType = 'application/apply-patch+yaml';
    return stored(type, await this.#object({ method: 'PATCH', path, contentType, body: object }, signal));
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T, signal: AbortSignal): Promise<Stored<T>> {
    const { namespace = '', name } = object.metadata;
    requireNamespace(type, namespace, name);
    return stored(
      type,
      await this.#object({ method: 'POST', path: collectionPath(type, namespace), body: object }, signal),
    );
  }

  async update<T extends KubeObject>(type: ResourceType<T>, object: T, signal: AbortSignal): Promise<Stored<T>> {
    const { namespace = '', name } = object.metadata;
    const path = objectPath(type, { namespace, name });
    return stored(type, await this.#object({ method: 'PUT', path, body: object }, signal));
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Stored<T>> {
    const contentType = 'application/merge-patch+json';
    const request: ApiRequest = { method: 'PATCH', path: objectPath(type, key), contentType, body: patch };
    return stored(type, await this.#object(request, signal));
  }

  async delete<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: DeleteOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation,
      gracePeriodSeconds: options.gracePeriodSeconds,
      ...(options.uid !== undefined && { preconditions: { uid: options.uid } }),
    };
    await this.#ask({ method: 'DELETE', path: objectPath(type, key), body }, signal, key.name);
  }

  async evict(pod: ObjectKey, signal: AbortSignal): Promise<void> {
    const path = objectPath(POD, pod, 'eviction');
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod.name, namespace: pod.namespace } };
    await this.#ask({ method: 'POST', path, body }, signal, pod.name);
  }

  async requestToken(account: ObjectKey, expiresInSeconds: number, signal: AbortSignal): Promise<IssuedToken> {
    const path = objectPath(SERVICE_ACCOUNT, account, 'token');
    const spec = { expirationSeconds: expiresInSeconds };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const { status } = (await this.#object({ method: 'POST', path, body }, signal)) as TokenRequest;
    return { token: status.token, expiresAt: status.expirationTimestamp };
  }

  async raw(path: string, signal: AbortSignal): Promise<string> {
    return (await this.#ask({ method: 'GET', path }, signal)) ?? '';
  }

  close(): void {
    this.#transport.close();
  }

  async #object(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    return this.#parse((await this.#ask(request, signal)) ?? '');
  }

  /** Throws KubeUnreachable when what answers there is a proxy's page, or anything else that is no API object. */
  #parse(body: string): unknown {
    try {
      const object = JSON.parse(body) as { metadata?: unknown };
      if (typeof object.metadata === 'object') return object;
      throw new TypeError('the answer has no metadata');
    } catch (error) {
      throw unreachable(this.#transport.server, new Error('what answers there is no API server', { cause: error }));
    }
  }

  /** The body; undefined when the object `mayLack` is not there. */
  async #ask(request: ApiRequest, signal: AbortSignal, mayLack?: string): Promise<string | undefined> {
    const response = await this.#transport.send(request, this.#limits, signal);
    if (isSuccess(response)) return this.#body(response, signal);
    const { error, missingObject } = await this.#failure(response, signal);
    if (error.code === 404 && mayLack !== undefined && missingObject === mayLack) return undefined;
    throw error;
  }

  async #failure(response: IncomingMessage, signal: AbortSignal): Promise<ReturnType<typeof parseFailure>> {
    return parseFailure(response.statusCode ?? 0, await this.#body(response, signal), response.headers['retry-after']);
  }

  async #body(response: IncomingMessage, signal: AbortSignal): Promise<string> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    } catch (error) {
      throw this.#readError(error, signal);
    }
  }

  /** A break in the middle of a body, told as what it is: our own abort, the server's word, or a lost connection. */
  #readError(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    return error instanceof KubeApiError ? error : unreachable(this.#transport.server, error);
  }
}

const POD: ResourceType<KubeObject> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

const SERVICE_ACCOUNT: ResourceType<KubeObject> = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};

interface TokenRequest {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
