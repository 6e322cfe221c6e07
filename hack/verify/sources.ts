import type { Tree } from './tree.ts';

const MOST_LINES = 400;
const SOURCE = /\.(ts|js|mjs)$/;
/** Written so that this file does not find itself. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
const NOT_RUN =
  /\b(?:it|test|describe)\s*\.\s*(?:skip|only|todo|failing)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/;

/** Files that are too long for one idea, tests that do not run, and work that says of itself that it is not done. */
export async function sourceProblems(tree: Tree): Promise<readonly string[]> {
  const found = await Promise.all(
    tree.paths.filter((path) => SOURCE.test(path)).map(async (path) => problemsOf(path, await tree.read(path))),
  );
  return found.flat();
}

function problemsOf(path: string, text: string): string[] {
  const lines = text.split('\n');
  const length = lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length;
  const tooLong =
    length > MOST_LINES
      ? [`${path} has ${String(length)} lines of code, more than ${String(MOST_LINES)}: split it.`]
      : [];
  const where = (pattern: RegExp, what: string): string[] =>
    lines.flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${String(index + 1)} ${what}: ${line.trim()}`] : [],
    );
  const isTest = path.endsWith('.test.ts');
  return [
    ...tooLong,
    ...where(UNFINISHED, 'is unfinished by its own words'),
    ...(isTest ? where(NOT_RUN, 'does not run every test') : []),
  ];
}
