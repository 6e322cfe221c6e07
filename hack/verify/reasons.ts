import { Reason } from '../../crds/conditions.ts';
import { catalogue } from '../../crds/errors.ts';
import { EventReason } from '../../crds/events.ts';
import type { Tree } from './tree.ts';

/** What is reported to people. The adapters have reasons too, but those of other people's protocols. */
const SPEAKS = /^controllers\/(?!kube\/|backends\/)(?!.*\.(?:test|house|contract)\.ts$).*\.ts$/;
const SAID = /(?:\b(?:waitFor|fail|proceed)\(\s*|\breason: )'([^']+)'/g;

/** Reasons of conditions and events that no catalogue has: nobody could look up what they mean. */
export async function reasonProblems(tree: Tree): Promise<readonly string[]> {
  const known: ReadonlySet<string> = new Set([Reason, catalogue, EventReason].flatMap((each) => Object.keys(each)));
  const found = await Promise.all(
    tree.paths
      .filter((path) => SPEAKS.test(path))
      .map(async (path) => {
        const said = [...(await tree.read(path)).matchAll(SAID)].map(([, reason = '']) => reason);
        return said.filter((reason) => !known.has(reason)).map((reason) => ({ path, reason }));
      }),
  );
  return found
    .flat()
    .map(
      ({ path, reason }) =>
        `${path} reports ${reason}, which is in no catalogue. Add it, with its meaning, to crds/conditions.ts, errors.ts or events.ts.`,
    );
}
