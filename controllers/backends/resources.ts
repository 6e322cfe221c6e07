import type { Resources } from './containers.ts';

const UNITS = [
  ['Ti', 2 ** 40],
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
  ['Ki', 2 ** 10],
] as const;

/** As people write it: `1500m`, `2`. */
export const cpuWords = (millicpus: number): string =>
  millicpus % 1000 === 0 ? String(millicpus / 1000) : `${String(millicpus)}m`;

/** As people write it, in the largest unit that fits: `2Gi`, `1500Mi`. */
export function memoryWords(bytes: number): string {
  const [unit, size] = UNITS.find(([, factor]) => bytes % factor === 0) ?? ['', 1];
  return `${String(bytes / size)}${unit}`;
}

/** Those of `more` take the place of those of `base`; what neither has stays absent. */
export const merged = (base: Resources, more: Resources): Resources => ({ ...base, ...more });
