import { z } from 'zod';
import { run } from '../../../hack/console/run.ts';
import { ensureObjectHealth } from '../../../hack/object-health/ensure-object-health.ts';

const health = z.object({ status: z.string(), message: z.string() });
const verdicts = z.array(z.object({ kstatus: health, argo: health }));

/** What kstatus' own library, and a health script in Argo CD's own Lua, say of one object. */
export type Verdict = z.output<typeof verdicts>[number];

/** Rejects with Lua's words when the script is wrong. */
export async function verdictsOn(objects: readonly object[], script: string): Promise<readonly Verdict[]> {
  const program = await ensureObjectHealth();
  const { stdout } = await run([program], { input: JSON.stringify({ script, objects }) });
  return verdicts.parse(JSON.parse(stdout));
}
