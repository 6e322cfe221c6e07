/**
 * The end of a command that did not succeed. The message is one sentence or more for the person who typed it: what
 * happened, to which object, why, and what to do next. It goes to their whole mirror: no secret may be in it.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** HTTP status that the wire carries, such as 404. */
  readonly code: number;

  /** @param cause what was caught, when there was something; it is logged, never sent. */
  constructor(code: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
