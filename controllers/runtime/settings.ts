import type { z } from 'zod';

/**
 * Reads the settings of a program from its environment. Throws with one line for each that is wrong, naming it and what it
 * should be. `program` begins the sentence: "The operator".
 */
export function readSettings<S extends z.ZodType>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
  program: string,
): z.output<S> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}=${environment[name] ?? ''}: ${message}`;
  });
  throw new Error(
    `${program} can not start, its settings are wrong. Correct them and start it again.\n${lines.join('\n')}`,
  );
}
