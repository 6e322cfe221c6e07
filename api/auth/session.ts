import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseDuration } from '../../crds/duration.ts';
import { Label } from '../../crds/names.ts';
import type { User } from '../../crds/user.ts';
import { SecretType } from '../../controllers/kube/kinds.ts';
import type { Secret } from '../../controllers/kube/kinds.ts';
import type { Stored } from '../../controllers/runtime/object.ts';

/** A Secret for each session is here, made and removed by the bridge. */
export const SESSIONS_NAMESPACE = 'qbo-sessions';

const sessionSchema = z.object({
  /** Of the token, which nobody has but the browser. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  user: z.string().min(1),
  /** The `spec.credentials.rotation` of the time: a rotation ends every session. */
  rotation: z.int().min(0),
  expires: z.iso.datetime(),
});

/** Somebody who has logged in on the web. */
export type Session = Readonly<z.output<typeof sessionSchema>>;

/** A token has 122 bits of chance: nobody finds one to a hash. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const nameOf = (hash: string): string => `session-${hash.slice(0, 40)}`;

export const sessionKey = (token: string) => ({ namespace: SESSIONS_NAMESPACE, name: nameOf(hashOf(token)) });

/** A new token for somebody, and what is kept of it. */
export function newSession(user: Stored<User>, nowMs: number) {
  const token = randomUUID();
  const { rotation, webTokenLifetime } = user.spec.credentials;
  const expires = new Date(nowMs + (parseDuration(webTokenLifetime) ?? 0)).toISOString();
  const session: Session = { hash: hashOf(token), user: user.metadata.name, rotation, expires };
  const secret: Secret = {
    apiVersion: SecretType.apiVersion,
    kind: SecretType.kind,
    metadata: {
      ...sessionKey(token),
      labels: { [Label.user]: user.metadata.name, [Label.id]: user.metadata.uid },
    },
    type: 'qbo.io/session',
    data: { session: Buffer.from(JSON.stringify(session)).toString('base64') },
  };
  return { token, expires, secret };
}

/** undefined when it is none. */
export function readSession({ data = {} }: Secret): Session | undefined {
  try {
    return sessionSchema.safeParse(JSON.parse(Buffer.from(data['session'] ?? '', 'base64').toString())).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Not of somebody of that name who is gone, and not of before a rotation. */
export const isSessionOf = ({ metadata }: Secret, { rotation }: Session, user: Stored<User>): boolean =>
  metadata.labels?.[Label.id] === user.metadata.uid && rotation === user.spec.credentials.rotation;
