import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { abortable } from '../runtime/deadline.ts';
import type { Gatekeeper, Refusal } from '../runtime/health.ts';
import type { KubeClient } from './client.ts';
import { SubjectAccessReviewType, TokenReviewType, type TokenReview } from './kinds.ts';

export interface ScrapeAccessOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The path that is asked for: a rule with `nonResourceURLs` and the verb `get` allows it. */
  readonly path: string;
  /** A ClusterRole that has that rule: named to who is refused. */
  readonly role: string;
}

type Identity = NonNullable<NonNullable<TokenReview['status']>['user']>;

interface Verdict {
  readonly refusal: Refusal | undefined;
  readonly at: number;
}

/** How long who was let in comes in again unasked. A right that was taken away ends within this time. */
const ADMITTED_MS = 60_000;
/** The same while the API server gives no answer: its outage is when the metrics are read most. */
const ADMITTED_WITHOUT_ANSWER_MS = 10 * 60_000;
/** How long who was refused is refused unasked: short, because somebody is just granting the right. */
const REFUSED_MS = 10_000;
const MAX_KNOWN = 100;
/** Questions under way; a flood of invented tokens must not become one to the API server. */
const MAX_ASKING = 4;

/**
 * Lets in who brings a bearer token that the API server knows (TokenReview), of somebody who may `get` the path
 * (SubjectAccessReview): as the metrics of Kubernetes' own components are guarded. Tokens are kept as hashes.
 */
export function scrapeAccess(options: ScrapeAccessOptions): Gatekeeper {
  const known = new Map<string, Verdict>();
  const asking = new Map<string, Promise<Refusal | undefined>>();

  const remember = (id: string, refusal: Refusal | undefined): void => {
    known.delete(id);
    known.set(id, { refusal, at: options.clock.now() });
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value ?? '');
  };

  /** Shared by all who come with one token at the same time, so that none of them ends it for the others. */
  const ask = (id: string, token: string): Promise<Refusal | undefined> => {
    const question = review(options, token)
      .then((refusal) => {
        remember(id, refusal);
        return refusal;
      })
      .finally(() => asking.delete(id));
    asking.set(id, question);
    return question;
  };

  const refusalOf = async (token: string, signal: AbortSignal): Promise<Refusal | undefined> => {
    const id = createHash('sha256').update(token).digest('base64');
    const before = known.get(id);
    const ageMs = before === undefined ? Infinity : options.clock.now() - before.at;
    if (before !== undefined && ageMs < (before.refusal === undefined ? ADMITTED_MS : REFUSED_MS))
      return before.refusal;
    if (!asking.has(id) && asking.size >= MAX_ASKING) return BUSY;
    try {
      return await abortable(asking.get(id) ?? ask(id, token), signal);
    } catch (error) {
      const wasAdmitted = before !== undefined && before.refusal === undefined;
      if (wasAdmitted && ageMs < ADMITTED_WITHOUT_ANSWER_MS) return undefined;
      return { code: 503, message: `Who you are can not be found out now: ${(error as Error).message}` };
    }
  };

  return {
    refusalOf: (authorization, signal) => {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      return token === undefined ? Promise.resolve(anonymous(options)) : refusalOf(token, signal);
    },
  };
}

const BUSY: Refusal = { code: 503, message: 'Too many unknown callers at once. Come again in a moment.' };

const anonymous = ({ path, role }: ScrapeAccessOptions): Refusal => ({
  code: 401,
  message:
    `${path} is for those who say who they are: send "Authorization: Bearer TOKEN", with the token of a service account ` +
    `that is bound to the ClusterRole ${role}.`,
});

async function review(options: ScrapeAccessOptions, token: string): Promise<Refusal | undefined> {
  // It ends with the client's own time limit, whoever still waits for it.
  const { signal } = new AbortController();
  const { status = {} } = await options.client.create(
    TokenReviewType,
    { apiVersion: TokenReviewType.apiVersion, kind: TokenReviewType.kind, metadata: { name: '' }, spec: { token } },
    signal,
  );
  if (status.authenticated !== true || status.user === undefined) {
    return { code: 401, message: 'The API server does not know this token, or it has expired.' };
  }
  return (await isAllowed(options, status.user, signal)) ? undefined : forbidden(options, status.user);
}

async function isAllowed(
  { client, path }: ScrapeAccessOptions,
  { username = '', uid, groups, extra }: Identity,
  signal: AbortSignal,
): Promise<boolean> {
  const { status } = await client.create(
    SubjectAccessReviewType,
    {
      apiVersion: SubjectAccessReviewType.apiVersion,
      kind: SubjectAccessReviewType.kind,
      metadata: { name: '' },
      spec: {
        user: username,
        ...(uid !== undefined && { uid }),
        ...(groups !== undefined && { groups }),
        ...(extra !== undefined && { extra }),
        nonResourceAttributes: { path, verb: 'get' },
      },
    },
    signal,
  );
  return status?.allowed === true;
}

const forbidden = ({ path, role }: ScrapeAccessOptions, { username = '' }: Identity): Refusal => ({
  code: 403,
  message: `${username} may not get ${path}. Bind it to the ClusterRole ${role}: kubectl create clusterrolebinding ${role} --clusterrole=${role} ${subjectFlag(username)}`,
});

function subjectFlag(username: string): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  return name === undefined ? `--user=${username}` : `--serviceaccount=${namespace ?? ''}:${name}`;
}
