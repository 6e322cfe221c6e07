/** The engine API that we are written for: Docker 20.10's, the first with private cgroup namespaces. */
export const OLDEST_USABLE = '1.41';

/**
 * The API version to speak with an engine that offers `oldest` to `newest`: the one that we are written for, or the engine's
 * oldest when it has left ours behind. undefined when the engine is too old.
 */
export function newestUsable(newest: string, oldest = OLDEST_USABLE): string | undefined {
  if (isOlder(newest, OLDEST_USABLE)) return undefined;
  return isOlder(oldest, OLDEST_USABLE) ? OLDEST_USABLE : oldest;
}

function isOlder(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA === majorB ? minorA < minorB : majorA < majorB;
}
