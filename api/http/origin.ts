import type { IncomingHttpHeaders } from 'node:http';

export interface Trust {
  /** Origins of web pages that may connect, besides those that the bridge itself serves: `https://console.example`. */
  readonly origins: ReadonlySet<string>;
  /** Names under which the bridge may be asked; absent: any. */
  readonly hosts?: ReadonlySet<string>;
}

/** Names that only this machine's own resolve to itself. */
export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why a request is not answered, in a sentence; undefined when it is.
 *
 * - A browser lets every web page open a websocket to anywhere, with the user's cookies, and says whose page it is in `Origin`. Programs send
 *   none.
 * - Where there are no cookies to tell users from others, a page whose name was made to resolve to this machine has the same origin as what
 *   it asks, but asks for a name that is not ours.
 */
export function distrust({ host, origin }: IncomingHttpHeaders, trust: Trust): string | undefined {
  const name = hostOf(host);
  if (name === undefined) return 'The header Host is missing or is no host name.';
  if (trust.hosts !== undefined && !trust.hosts.has(name.hostname)) {
    return `This bridge is not called ${name.hostname}: ask it as ${[...trust.hosts].join(', ')}, or name it in QBO_API_HOSTS.`;
  }
  if (origin === undefined || trust.origins.has(origin)) return undefined;
  const page = URL.parse(origin);
  if (page !== null && page.host === name.host && /^https?:$/.test(page.protocol)) return undefined;
  return 'Web pages of another origin may not connect: name theirs in QBO_API_ORIGINS if it is yours.';
}

/** As URLs have it: in small letters, without the usual port of http. */
function hostOf(header: string | undefined): URL | undefined {
  if (header === undefined || !/^[-.:[\]\w]+$/.test(header)) return undefined;
  return URL.parse(`http://${header}`) ?? undefined;
}
