const NAME = /^[a-zA-Z0-9][\w.-]*$/;

/**
 * Whether it could be a name or an id of a container, network or volume. dockerode writes them into request paths as they
 * are: anything else might name another resource, or no path at all, and is not asked for.
 */
export const isName = (text: string): boolean => NAME.test(text);
