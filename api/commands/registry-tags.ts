import type { Clock } from '../../controllers/runtime/clock.ts';
import { abortable, Deadline } from '../../controllers/runtime/deadline.ts';

/** What a registry has said. */
export interface TagsAnswer {
  /** `registry.example.com/kindest/node:v1.35.4` */
  readonly references: readonly string[];
  /** A sentence for people, when it has not answered. */
  readonly error?: string;
}

/** Asks for the tags of node images. Never rejects but with the signal's reason, and never takes longer than a few seconds. */
export type RegistryTags = (signal: AbortSignal) => Promise<TagsAnswer>;

/** What of an HTTP client is needed: `fetch` has it. */
export type Fetch = (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}>;

export interface RegistryOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Where its API is: `https://registry-1.docker.io`. */
  readonly url: string;
  /** What references of it begin with; empty for the hub. */
  readonly name: string;
  /** `kindest/node` */
  readonly repository: string;
}

const ANSWER_MS = 2_000;
const KEPT_MS = 300_000;
/** One that does not answer is not asked by each command anew. */
const FAILURE_KEPT_MS = 30_000;
const MOST_TAGS = 1_000;

/** The tags of one repository by the OCI distribution API, with the anonymous token that registries ask for. */
export function registryTags(options: RegistryOptions): RegistryTags {
  const { clock, name, repository } = options;
  let known: { readonly answer: TagsAnswer; readonly until: number } | undefined;
  return async (signal) => {
    if (known !== undefined && clock.monotonic() < known.until) return known.answer;
    const answer = await ask(options, signal);
    const references = answer.tags.map((tag) => `${name === '' ? '' : `${name}/`}${repository}:${tag}`);
    const told = { references, ...(answer.error !== undefined && { error: answer.error }) };
    known = { answer: told, until: clock.monotonic() + (answer.error === undefined ? KEPT_MS : FAILURE_KEPT_MS) };
    return told;
  };
}

interface Asked {
  readonly tags: readonly string[];
  readonly error?: string;
}

async function ask({ fetch, clock, url, repository }: RegistryOptions, signal: AbortSignal): Promise<Asked> {
  const deadline = new Deadline(clock, ANSWER_MS, 'no answer within 2 s', signal);
  try {
    return {
      tags: await abortable(tagsOf(fetch, `${url}/v2/${repository}/tags/list`, deadline.signal), deadline.signal),
    };
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return { tags: [], error: `The registry ${url} was not heard (${why}): only images of the engine are listed.` };
  } finally {
    deadline.clear();
  }
}

async function tagsOf(fetch: Fetch, url: string, signal: AbortSignal): Promise<readonly string[]> {
  let response = await fetch(url, { headers: {}, signal });
  if (response.status === 401) {
    const token = await tokenFor(fetch, response.headers.get('www-authenticate') ?? '', signal);
    response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  }
  if (response.status !== 200) throw new Error(`it answers ${String(response.status)}`);
  const { tags } = (await response.json()) as { readonly tags?: unknown };
  if (!Array.isArray(tags)) return [];
  return tags
    .filter((tag): tag is string => typeof tag === 'string' && /^[\w][\w.-]{0,127}$/.test(tag))
    .slice(0, MOST_TAGS);
}

/** As the registry says: `Bearer realm="https://auth...",service="...",scope="..."`. */
async function tokenFor(fetch: Fetch, challenge: string, signal: AbortSignal): Promise<string> {
  const parts = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]));
  const realm = parts.get('realm') ?? '';
  if (!URL.canParse(realm)) throw new Error('it asks for credentials');
  const url = new URL(realm);
  for (const key of ['service', 'scope']) if (parts.has(key)) url.searchParams.set(key, parts.get(key) ?? '');
  const response = await fetch(url.href, { headers: {}, signal });
  const { token } = (await response.json()) as { readonly token?: unknown };
  if (typeof token !== 'string') throw new Error('it gives no token to anybody');
  return token;
}
