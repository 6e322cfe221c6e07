import { isUtf8 } from 'node:buffer';
import { requestSchema, type Request } from '../wire/request.ts';

const EXAMPLE = '{"cmd":"get nodes -A","uuid":"<uuid>"}';

/** What a message asks, or what is wrong with it in a sentence that says how to do better. */
export function readRequest(data: Buffer): { readonly request: Request } | { readonly problem: string } {
  const document = isUtf8(data) ? parsed(data.toString()) : undefined;
  if (document === undefined) return { problem: `A message must be a JSON document, such as ${EXAMPLE}.` };
  const result = requestSchema.safeParse(document.value);
  if (result.success) return { request: result.data };
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'The message' : `Its field ${issue.path.join('.')}`;
  const what = issue?.message ?? 'not understood';
  return { problem: `${field} is not as it should be: ${what}. A request is ${EXAMPLE}.` };
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // Whatever it is, it is no JSON.
    return undefined;
  }
}
