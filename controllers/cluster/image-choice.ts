import semver from 'semver';

/** The reference whose tag is the highest version; undefined when none has a version for a tag. */
export function newestTag(references: readonly string[]): string | undefined {
  return references
    .map((reference) => ({ reference, version: semver.parse(reference.slice(reference.lastIndexOf(':') + 1)) }))
    .filter(({ version }) => version !== null)
    .sort((a, b) => semver.rcompare(a.version ?? '', b.version ?? '') || (a.reference < b.reference ? -1 : 1))[0]
    ?.reference;
}
