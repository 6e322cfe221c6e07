const LONGEST = 48;

/** What was typed, as an error quotes it: short, and without anything that a terminal or a log would obey. */
export function shown(text: string): string {
  if (text === '') return 'an empty word';
  const harmless = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
  // A character outside the basic plane counts for two, and is not cut in half.
  return harmless.length <= LONGEST ? harmless : `${harmless.slice(0, LONGEST - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}
