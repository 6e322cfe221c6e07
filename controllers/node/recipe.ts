import { z } from 'zod';
import { jsonOf } from '../../crds/json-text.ts';
import { Label } from '../../crds/names.ts';

const schema = z.object({
  kindName: z.string(),
  hostname: z.string(),
  /** Absent where the engine picks addresses. */
  address: z.string().exactOptional(),
  image: z.string(),
  podCIDR: z.string(),
  serviceCIDR: z.string(),
});

/**
 * What a node must be made anew with when nobody remembers it: its volumes carry this, because its container, which
 * would tell, may be gone together with the management cluster.
 */
export type Recipe = z.output<typeof schema>;

export const writeRecipe = (recipe: Recipe): string => JSON.stringify(recipe);

/** undefined when the volume carries none that can be read. */
export function readRecipe(labels: Readonly<Record<string, string>>): Recipe | undefined {
  const parsed = schema.safeParse(jsonOf(labels[Label.recipe] ?? ''));
  return parsed.success ? parsed.data : undefined;
}
