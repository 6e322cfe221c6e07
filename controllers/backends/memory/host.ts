import type { Host, InotifyLimits, Route } from '../host.ts';

/** A host as a test wants it; may be changed at any time. */
export class MemoryHost implements Host {
  routeTable: readonly Route[] = [{ destination: '192.0.2.0/24', device: 'eth0' }];
  inotifyLimits: InotifyLimits = { maxUserInstances: 8192, maxUserWatches: 1_048_576 };

  /** Addresses of its own. */
  ownAddresses: readonly string[] = [];
  /** Those that somebody else binds to it. */
  bound: () => readonly string[] = () => [];

  routes(signal: AbortSignal): Promise<readonly Route[]> {
    return unlessAborted(signal, this.routeTable);
  }

  inotify(signal: AbortSignal): Promise<InotifyLimits> {
    return unlessAborted(signal, this.inotifyLimits);
  }

  addresses(signal: AbortSignal): Promise<ReadonlySet<string>> {
    return unlessAborted(signal, new Set([...this.ownAddresses, ...this.bound()]));
  }
}

const unlessAborted = <T>(signal: AbortSignal, value: T): Promise<T> =>
  signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve(value);
