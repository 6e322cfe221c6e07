import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const BUILD = join(import.meta.dirname, '..', '..', 'build');
const FILE = join(BUILD, 'bench.json');

export type Results = Readonly<Record<string, unknown>>;

/** Puts results into build/bench.json, beside those of sections that were not run this time. */
export async function save(results: Results): Promise<void> {
  await mkdir(BUILD, { recursive: true });
  await writeFile(FILE, `${JSON.stringify({ ...(await before()), ...results }, undefined, 2)}\n`);
}

async function before(): Promise<Results> {
  try {
    return JSON.parse(await readFile(FILE, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** One figure beside what is to be reached. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Reached below this, or with `atLeast` from this on. */
  readonly target?: number;
  readonly atLeast?: true;
}

/** A line a figure: name, value, and whether it is what it should be. */
export function figures(title: string, all: readonly Figure[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = all.map(({ name, value, unit, target, atLeast }) => {
    const text = `  ${name.padEnd(width)}  ${String(rounded(value)).padStart(9)} ${unit}`;
    if (target === undefined) return text;
    const isReached = atLeast ? value >= target : value < target;
    return `${text.padEnd(width + 22)} ${isReached ? 'reached' : 'MISSED '}: ${atLeast ? 'from' : 'below'} ${String(target)}`;
  });
  return [title, ...lines].join('\n');
}

/** Three digits that say something. */
export const rounded = (value: number): number =>
  Number.isFinite(value) && value !== 0
    ? Number(value.toPrecision(Math.max(3, String(Math.trunc(value)).length)))
    : value;
