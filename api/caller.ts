/** As whom a call to the Kubernetes API is made, by the Impersonate-User and Impersonate-Group headers. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
}

/** Who speaks on a socket. Without authentication that is the local administrator, on every socket. */
export interface Caller {
  /** Name of the User, or `local`. */
  readonly name: string;
  readonly email: string;
  /** Id of the user's mirror: the room that all their sockets share. */
  readonly uuid: string;
  readonly isAdmin: boolean;
  /** Namespace of the user's objects. */
  readonly namespace: string;
  readonly impersonate: Impersonation;
}
