import { dirname, join, normalize } from 'node:path';

import type { Tree } from './tree.ts';

const MOST_ARCHITECTURE_LINES = 200;

/** Commands and links in the documents that lead nowhere, and an ARCHITECTURE.md that nobody would read to its end. */
export async function documentProblems(tree: Tree): Promise<readonly string[]> {
  const targets = makeTargets(tree.paths.includes('Makefile') ? await tree.read('Makefile') : '');
  const documents = tree.paths.filter((path) => path.endsWith('.md'));
  const found = await Promise.all(
    documents.map(async (path) => {
      const text = await tree.read(path);
      return [
        ...commandProblems(path, text, targets),
        ...linkProblems(path, text, tree.paths),
        ...lengthProblems(path, text),
      ];
    }),
  );
  return found.flat();
}

const makeTargets = (makefile: string): ReadonlySet<string> =>
  new Set(
    [...makefile.matchAll(/^([a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)*):/gm)].flatMap(([, names = '']) => names.split(' ')),
  );

/** `make` at the start of a line of a code block, after a prompt, or at the start of inline code. */
const COMMAND = /(?:^(?:\$ )?|`)make ([a-z][a-z0-9-]*)/gm;

const commandProblems = (path: string, text: string, targets: ReadonlySet<string>): string[] =>
  [...text.matchAll(COMMAND)]
    .map(([, target = '']) => target)
    .filter((target) => !targets.has(target))
    .map((target) => `${path} names \`make ${target}\`, which the Makefile does not have.`);

const LINK = /\]\(([^()\s]+)\)/g;

function linkProblems(path: string, text: string, paths: readonly string[]): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '');
  return [...prose.matchAll(LINK)]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .filter((target) => !leadsSomewhere(path, target, paths))
    .map((target) => `${path} links to ${target}, which does not exist.`);
}

function leadsSomewhere(path: string, target: string, paths: readonly string[]): boolean {
  const [file = ''] = target.split('#');
  const wanted = normalize(join(dirname(path), file)).replace(/\/$/, '');
  return wanted === '.' || paths.some((known) => known === wanted || known.startsWith(`${wanted}/`));
}

function lengthProblems(path: string, text: string): string[] {
  const lines = text.trimEnd().split('\n').length;
  if (path !== 'ARCHITECTURE.md' || lines <= MOST_ARCHITECTURE_LINES) return [];
  return [
    `ARCHITECTURE.md has ${String(lines)} lines, more than ${String(MOST_ARCHITECTURE_LINES)}: move detail to docs/.`,
  ];
}
