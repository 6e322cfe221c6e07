/** Where output goes. Both streams may be terminals, pipes or files, each by itself. */
export interface Terminal {
  /** Standard output is a terminal, and a person looks at it. */
  readonly isInteractive: boolean;
  readonly hasColour: boolean;
  /** Of the terminal, now: it may be resized. 80 and 24 where there is none. */
  columns(): number;
  rows(): number;
  write(text: string): void;
  writeError(text: string): void;
}

/** NO_COLOR, set to anything, wins over everything (no-color.org). */
export const coloursWanted = (
  isInteractive: boolean,
  variables: Readonly<Record<string, string | undefined>>,
): boolean => isInteractive && !variables['NO_COLOR'] && variables['TERM'] !== 'dumb';
