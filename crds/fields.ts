import { z } from 'zod';

/** An IPv4 block as text. Longer than any, so that a wrong one meets a rule that explains, not a length limit. */
export const block = () => z.string().max(64);

export const address = () => z.string().max(15);

export const count = () => z.int().min(0).max(1000).meta({ format: 'int32' });

/** What a cluster, or one node of it, is to do with its containers. */
export const power = (of: string) =>
  z
    .enum(['Running', 'Stopped', 'Paused'])
    .describe(
      `Whether ${of} runs, is stopped (its data and addresses stay), or is paused (frozen in memory, using no CPU).`,
    )
    .default('Running');

/** metav1.Condition. */
const conditionSchema = z
  .object({
    type: z
      .string()
      .max(316)
      .regex(
        /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
      )
      .describe('What is said to be so, such as Ready.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
      .describe('Why, in one word for programs.'),
    message: z.string().max(32_768).describe('Why, and what to do, for people.'),
    lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last changed.'),
    observedGeneration: z
      .int()
      .min(0)
      .meta({ format: 'int64' })
      .describe('The metadata.generation that this was said about.')
      .exactOptional(),
  })
  .describe('One aspect of the state of the object.');

/** The status fields that every kind has. */
export const commonStatus = {
  conditions: z
    .array(conditionSchema)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('What is so and what is not yet, and why.')
    .exactOptional(),
  observedGeneration: z
    .int()
    .min(-1)
    .meta({ format: 'int64' })
    .describe('The metadata.generation that this status was written for; -1 before anybody has looked.')
    .exactOptional(),
};
