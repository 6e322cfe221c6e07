/** Whose a namespace is, as rows show it: an e-mail, or a name where there is none. */
export type Owners = (namespace: string) => string;

/** A person who has a namespace. */
export interface Owner {
  readonly namespace: string;
  readonly email: string;
  readonly name: string;
}

const PREFIX = 'qbo-';

/** A namespace of nobody who is known is called by its own name, without the prefix that those of users have. */
export function ownersOf(owners: readonly Owner[]): Owners {
  const byNamespace = new Map(owners.map(({ namespace, email, name }) => [namespace, email === '' ? name : email]));
  return (namespace) =>
    byNamespace.get(namespace) ?? (namespace.startsWith(PREFIX) ? namespace.slice(PREFIX.length) : namespace);
}
