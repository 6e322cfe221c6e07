const REFERENCE = /^[a-zA-Z0-9][\w.:/@-]*$/;

/** Whether it could be a reference or an id of an image; only then may it be written into a request path. */
export const isImageReference = (text: string): boolean => REFERENCE.test(text) && !text.includes('..');

/** A name without a tag would bring all that the registry has of it. */
export function nameAndTag(reference: string): { fromImage: string; tag: string } {
  const digest = reference.indexOf('@');
  if (digest >= 0) return { fromImage: reference.slice(0, digest), tag: reference.slice(digest + 1) };
  const colon = reference.lastIndexOf(':');
  // A colon before a slash is a registry's port.
  return colon > reference.lastIndexOf('/')
    ? { fromImage: reference.slice(0, colon), tag: reference.slice(colon + 1) }
    : { fromImage: reference, tag: 'latest' };
}
