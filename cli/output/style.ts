const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof CODES;

/** Text in a style, or as it is where there are no colours. */
export type Paint = (style: Style | undefined, text: string) => string;

export const painter =
  (hasColour: boolean): Paint =>
  (style, text) =>
    style === undefined || !hasColour || text === '' ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;

const STYLES: Readonly<Record<string, Style>> = {
  ready: 'green',
  Running: 'green',
  UP: 'green',
  running: 'yellow',
  created: 'yellow',
  DOWN: 'yellow',
  Pending: 'yellow',
  ContainerCreating: 'yellow',
  PodInitializing: 'yellow',
  paused: 'cyan',
  exited: 'dim',
  deleted: 'dim',
  Succeeded: 'dim',
  Failed: 'red',
  Error: 'red',
};

/** How a state of ours or of a pod looks: what needs a look is red. */
export const styleOfState = (state: string): Style | undefined =>
  STYLES[state] ?? (/Err|BackOff|Failed|Killed|Evicted/.test(state) ? 'red' : undefined);
