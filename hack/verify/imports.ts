import { dirname, join, normalize } from 'node:path';

import type { Tree } from './tree.ts';

/** Which way dependencies may point (docs/adr and ARCHITECTURE.md say why). A rule forbids what it matches. */
interface Rule {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly why: string;
}

const RULES: readonly Rule[] = [
  {
    from: /^controllers\//,
    to: /^(api|cli|console|hack|test)\//,
    why: 'controllers know only the contract (crds) and themselves',
  },
  {
    from: /^api\//,
    to: /^(controllers\/(?!runtime\/|kube\/)|(cli|console|hack|test)\/)/,
    why: 'the bridge and the controllers meet only in the Kubernetes API; it shares their runtime and their client',
  },
  {
    from: /^api\/wire\//,
    to: /^(?!api\/wire\/|npm:zod$)/,
    why: 'the wire contract runs in a browser and in the command line as well, and brings nothing but zod',
  },
  {
    from: /^(cli|console)\//,
    to: /^(controllers\/|hack\/|test\/|api\/(?!wire\/))/,
    why: 'a client knows only the wire contract and the catalogue of errors',
  },
  { from: /^crds\//, to: /^(api|cli|console|hack|test|controllers)\//, why: 'the contract depends on nothing of ours' },
  {
    from: /^controllers\/runtime\//,
    to: /^(?!controllers\/runtime\/)[a-z]+\//,
    why: 'the runtime knows nothing of qbo',
  },
  {
    from: /^controllers\/(?!backends\/docker\/)/,
    to: /^npm:dockerode$/,
    why: 'only backends/docker speaks to a container engine',
  },
  {
    from: /^(?!controllers\/kube\/|test\/|hack\/)/,
    to: /^npm:@kubernetes\/client-node$/,
    why: 'only controllers/kube speaks to an API server',
  },
];

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gms;

/** Imports that point the wrong way. Types count as well, but for tests, which may use a neighbour's twin. */
export async function importProblems(tree: Tree): Promise<readonly string[]> {
  const sources = tree.paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  const found = await Promise.all(sources.map(async (path) => problemsOf(path, await tree.read(path))));
  return found.flat();
}

const problemsOf = (path: string, text: string): string[] =>
  [...text.matchAll(IMPORT)].flatMap(([, , target = '']) => {
    const imported = resolve(path, target);
    const broken = RULES.find(({ from, to }) => from.test(path) && to.test(imported));
    return broken === undefined ? [] : [`${path} imports ${target}: ${broken.why}.`];
  });

/** A path of ours relative to the root, `npm:<package>`, or `node:<module>`. */
function resolve(from: string, target: string): string {
  if (target.startsWith('.')) return normalize(join(dirname(from), target));
  if (target.startsWith('node:')) return target;
  const words = target.split('/');
  return `npm:${words.slice(0, target.startsWith('@') ? 2 : 1).join('/')}`;
}
