import type { VersionRow } from '../api/wire/rows.ts';

/** Put in by the build; what runs from sources is not released. */
declare const QBO_VERSION: string | undefined;

export const CLI_VERSION = `cli:${typeof QBO_VERSION === 'string' ? QBO_VERSION : 'dev'}`;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: '__x86_64__', arm64: '__aarch64__' };

/** The first of the two documents that `qbo version` prints; the bridge gives the second. */
export const ownVersion = (arch: string): VersionRow => ({
  qbo: CLI_VERSION,
  arch: ARCHITECTURES[arch] ?? `__${arch}__`,
});
