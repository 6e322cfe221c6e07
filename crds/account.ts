import { z } from 'zod';
import { Label } from './names.ts';
import type { User } from './user.ts';
import { jsonOf } from './json-text.ts';

/** The keys of a Secret in ACCOUNTS_NAMESPACE, which has the name of its User and their uid as the label `qbo.io/id`. */
const AccountField = {
  /** The private key, as a JWK. */
  key: 'jwk',
  /** What the owner encrypts with it: the cookie `qbo_aux`. */
  aux: 'aux',
  /** The `spec.credentials.rotation` that it was made for. */
  rotation: 'rotation',
  /** When it was made. */
  created: 'created',
} as const;

/** Base64url of 66 bytes, which a coordinate and the private part of a P-521 key have. */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{88}$/);

const keySchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-521'),
  x: coordinate,
  y: coordinate,
  d: coordinate,
});

const accountSchema = z.object({
  key: keySchema,
  aux: z.uuid(),
  rotation: z.int().min(0),
  created: z.iso.datetime(),
});

/** What a service account shows itself by. */
export type Account = Readonly<z.output<typeof accountSchema>>;
export type AccountKey = Readonly<z.output<typeof keySchema>>;

/** An object of Kubernetes' own that holds an account. */
export interface AccountSecret {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export const accountData = ({ key, aux, rotation, created }: Account): Record<string, string> => ({
  [AccountField.key]: base64(JSON.stringify(key)),
  [AccountField.aux]: base64(aux),
  [AccountField.rotation]: base64(rotation.toString()),
  [AccountField.created]: base64(created),
});

/** undefined when somebody has changed it into something else. */
export function readAccount({ data = {} }: AccountSecret): Account | undefined {
  const text = (field: string): string => Buffer.from(data[field] ?? '', 'base64').toString();
  return accountSchema.safeParse({
    key: jsonOf(text(AccountField.key)),
    aux: text(AccountField.aux),
    rotation: Number(text(AccountField.rotation) || NaN),
    created: text(AccountField.created),
  }).data;
}

/**
 * Whether the account is the one that the User has now: not of somebody of that name who is gone, and not of before a
 * rotation. Whether it has expired is another question.
 */
export const isOfNow = (secret: AccountSecret, { rotation }: Account, user: User): boolean =>
  secret.metadata.labels?.[Label.id] === user.metadata.uid && rotation === user.spec.credentials.rotation;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Name of the Secret in the user's own namespace that has their `~/.qbo/cli.json`, and its key there. */
export const commandLineSecretName = ({ metadata }: Pick<User, 'metadata'>): string => `${metadata.name}-cli`;
export const COMMAND_LINE_FILE = 'cli.json';
