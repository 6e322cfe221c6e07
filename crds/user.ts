import { z } from 'zod';
import { durationRule, parseDuration } from './duration.ts';
import { commonStatus } from './fields.ts';
import { ageColumn, objectSchema, readyColumn, statusColumn } from './kind.ts';
import type { Immutable, Kind } from './kind.ts';
import type { Metadata } from './metadata.ts';
import { API_VERSION } from './names.ts';
import type { Rule } from './rule.ts';
import { withRules } from './rule.ts';
import { dnsLabelRule, immutableOptional, nameRule } from './rules.ts';

/**
 * Where the keys of all service accounts are. To the Kubernetes API every user is a service account of this namespace, of
 * which no object need exist: RBAC can say "whoever is in this namespace", and knows no pattern of users' names.
 */
export const ACCOUNTS_NAMESPACE = 'qbo-accounts';

/** The groups that the roles of users are, to the Kubernetes API. */
export const GROUP_OF_ROLE = { user: 'qbo:users', admin: 'qbo:admins' } as const;

const NAMESPACE_PREFIX = 'qbo-';

/** Names whose namespace, service account or mirror belongs to somebody already. */
const RESERVED_NAMES = ['system', 'accounts', 'sessions', 'default', 'local'];
const RESERVED_NAMESPACES = ['qbo-system', ACCOUNTS_NAMESPACE, 'qbo-sessions'];

const celList = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`;

const EMAIL = '^[^\\s@]+@[^\\s@]+$';

const emailRule: Rule<string> = {
  cel: `self.matches('${EMAIL.replaceAll('\\', '\\\\')}')`,
  holds: (self) => new RegExp(EMAIL).test(self),
  message: 'not an e-mail address: write it as in alice@example.com',
};

const unreservedName: Rule<{ metadata: { name: string } }> = {
  cel: `!(self.metadata.name in ${celList(RESERVED_NAMES)})`,
  holds: ({ metadata: { name } }) => !RESERVED_NAMES.includes(name),
  message: `no User can have this name: ${RESERVED_NAMES.join(', ')} are taken by the system; choose another`,
  fieldPath: '.metadata.name',
};

const unreservedNamespace: Rule<string> = {
  cel: `!self.startsWith('kube-') && !(self in ${celList(RESERVED_NAMESPACES)})`,
  holds: (self) => !self.startsWith('kube-') && !RESERVED_NAMESPACES.includes(self),
  message: `no user's namespace: ${RESERVED_NAMESPACES.join(', ')} and those that begin with kube- belong to the system; choose another`,
};

const credentialsSchema = z
  .object({
    rotation: z
      .int()
      .min(0)
      .max(1_000_000)
      .meta({ format: 'int32' })
      .describe('Change it to make every credential void at once: a new key is made, and web sessions end.')
      .default(0),
    lifetime: withRules(
      z
        .string()
        .max(32)
        .describe('How long a key of the service account may be used, as in 720h. When absent, until it is rotated.'),
      durationRule('1m', 'nobody could use it in time'),
    ).exactOptional(),
    webTokenLifetime: withRules(
      z.string().max(32).describe('How long somebody who has logged in on the web stays logged in.'),
      durationRule('1m', 'nobody could use it in time'),
    ).default('12h'),
  })
  .describe('How the user shows who they are.');

const specSchema = withRules(
  z
    .object({
      email: withRules(
        z.string().max(254).describe('E-mail address, shown beside everything that the user does.'),
        emailRule,
      ),
      role: z
        .enum(['user', 'admin'])
        .describe('What the user may do: work in their own namespace, or with every cluster and user.')
        .default('user'),
      namespace: withRules(
        z
          .string()
          .max(253)
          .describe(
            "Namespace of the user's clusters. When absent, qbo-NAME is made. One that exists must have the label qbo.io/user=NAME.",
          ),
        dnsLabelRule,
        unreservedNamespace,
      ).exactOptional(),
      access: z
        .enum(['Allowed', 'Revoked'])
        .describe('Revoked takes away every credential and right at once; clusters stay as they are.')
        .default('Allowed'),
      credentials: credentialsSchema.prefault({}),
      kubernetesUsers: z
        .array(z.string().min(1).max(253).describe('Name of a Kubernetes user.'))
        .max(16)
        .meta({ 'x-kubernetes-list-type': 'set' })
        .describe(
          'Who may log in on the web as this user: names that the Kubernetes API knows them by, such as system:serviceaccount:team:ci.',
        )
        .exactOptional(),
    })
    .describe('Who the user is, and what they may do. The namespace can not be changed later.'),
  immutableOptional('namespace', "the user's clusters are in it; make another User"),
);

const dateTime = () => z.string().meta({ format: 'date-time' });

const statusSchema = z
  .object({
    ...commonStatus,
    uuid: z
      .string()
      .max(64)
      .describe('Id of the user, and of the mirror that their connections share.')
      .exactOptional(),
    namespace: z.string().max(63).describe("Namespace of the user's clusters.").exactOptional(),
    clusters: z
      .int()
      .min(0)
      .meta({ format: 'int32' })
      .describe('Number of clusters in that namespace. A user who has some can not be deleted.')
      .exactOptional(),
    account: z
      .object({
        rotation: z
          .int()
          .min(0)
          .meta({ format: 'int32' })
          .describe('The spec.credentials.rotation that the key is of.'),
        created: dateTime().describe('When the key was made.'),
        expires: dateTime().describe('When it ends; absent when it does not.').exactOptional(),
      })
      .describe('The service account. Absent while there is none.')
      .exactOptional(),
  })
  .describe('What is there for the user.');

const userSchema = withRules(
  objectSchema('User', specSchema, statusSchema),
  nameRule('User', 59, 'it becomes the end of the name of a namespace'),
  unreservedName,
);

export type UserSpec = Immutable<z.output<typeof specSchema>>;
export type UserStatus = Immutable<z.output<typeof statusSchema>>;

/** Somebody who may use the system: what they may do, and how they show who they are. */
export interface User {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: 'User';
  readonly metadata: Metadata;
  readonly spec: UserSpec;
  readonly status?: UserStatus;
}

/** The namespace of a user's clusters. */
export const namespaceOf = ({ metadata, spec }: User): string =>
  spec.namespace ?? `${NAMESPACE_PREFIX}${metadata.name}`;

/** What the Kubernetes API calls a user. */
export const kubernetesUserOf = ({ metadata }: User): string =>
  `system:serviceaccount:${ACCOUNTS_NAMESPACE}:${metadata.name}`;

/** When a key that was made at that time ends; undefined when it does not. */
export function accountExpiry({ spec }: User, created: string): Date | undefined {
  const lifetimeMs = parseDuration(spec.credentials.lifetime ?? '');
  return lifetimeMs === undefined ? undefined : new Date(Date.parse(created) + lifetimeMs);
}

export const UserKind: Kind<User> = {
  apiVersion: API_VERSION,
  kind: 'User',
  plural: 'users',
  singular: 'user',
  shortNames: ['qu'],
  categories: ['qbo'],
  namespaced: false,
  description: 'User is somebody who may use the system: what they may do, and how they show who they are.',
  schema: userSchema,
  columns: [
    readyColumn,
    { name: 'Email', type: 'string', jsonPath: '.spec.email', description: 'E-mail address.' },
    { name: 'Role', type: 'string', jsonPath: '.spec.role', description: 'What the user may do.' },
    { name: 'Namespace', type: 'string', jsonPath: '.status.namespace', description: "Where the user's clusters are." },
    { name: 'Clusters', type: 'integer', jsonPath: '.status.clusters', description: 'Number of clusters there.' },
    {
      name: 'Expires',
      // Of a date kubectl shows how long ago it was; this one is still to come.
      type: 'string',
      jsonPath: '.status.account.expires',
      description: 'When the key of the service account ends.',
      wide: true,
    },
    statusColumn,
    ageColumn,
  ],
};
