/**
 * dockerode writes names into request paths as they are. What could not be the name of anything is not asked for: it might
 * name another resource, or no path at all.
 */
const NAME = /^[a-zA-Z0-9][\w.-]*$/;
const REFERENCE = /^[a-zA-Z0-9][\w.:/@-]*$/;

/** A name or id of a container, network or volume. */
export const isName = (text: string): boolean => NAME.test(text);

/** A reference or id of an image. */
export const isImageReference = (text: string): boolean => REFERENCE.test(text) && !text.includes('..');
