/**
 * A command line that can not be carried out as it stands. The message is one sentence that says what to do; it quotes
 * what was typed, shortened and without anything that a terminal would obey.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** 400: the line can not be understood; 422: it can, and asks for what can not be. */
  readonly code: 400 | 422;

  constructor(code: 400 | 422, message: string) {
    super(message);
    this.code = code;
  }
}
