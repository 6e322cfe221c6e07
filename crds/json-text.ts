/** The value that a text is the JSON of; undefined when it is no JSON, as what people may have changed need not be. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
