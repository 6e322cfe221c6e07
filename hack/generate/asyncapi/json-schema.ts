import { z } from 'zod';

/** JSON Schema, draft 7, which is what AsyncAPI takes. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A zod schema as a reader of the document wants it. Objects stay open: a client must bear with fields that it does not know,
 * or nothing could ever be added.
 */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...generated } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema: made }) => {
      // zod bounds every integer by what a double can hold; the type says that better.
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
      if (made.format === 'uuid') delete made.pattern;
      if (made.type === 'number' && made.enum?.every(Number.isInteger) === true) made.type = 'integer';
    },
  });
  return generated;
}
