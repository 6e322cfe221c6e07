/** The fixed part of an error: what programs decide by. */
interface Traits<C extends string> {
  readonly code: C;
  /** HTTP status, also the code on the wire. */
  readonly httpCode: 400 | 404 | 409 | 422 | 500 | 503 | 504 | 507;
  /**
   * Whether trying again may help though nobody changed anything. One that is not retryable is looked at again when the
   * object changes, and by the slow sweep.
   */
  readonly retryable: boolean;
}

/**
 * An error that a person can act on. Its message is a full sentence or more: what happened, to which object, why, and
 * what to do next. The same sentence appears in conditions, on the command line, on the wire and in the console.
 */
export abstract class QboError<C extends string = string> extends Error implements Traits<C> {
  abstract readonly code: C;
  abstract readonly httpCode: Traits<C>['httpCode'];
  abstract readonly retryable: boolean;

  /** Reason of the condition that reports it. */
  get reason(): C {
    return this.code;
  }
}

/** Makes the base of one class of errors: `new SubnetOverlap({ cluster: 'dev', ... }, cause)`. */
export const defineError = <P extends object>() =>
  function <const C extends string>(traits: Traits<C>, sentence: (details: P) => string) {
    return class extends QboError<C> {
      /** For who knows an error by its reason alone. */
      static readonly httpCode = traits.httpCode;
      readonly code = traits.code;
      readonly httpCode = traits.httpCode;
      readonly retryable = traits.retryable;
      override readonly name = traits.code;
      readonly details: Readonly<P>;

      /** @param cause what was caught, when there was something; it is logged, never shown to users. */
      constructor(details: P, cause?: unknown) {
        super(sentence(details), cause === undefined ? undefined : { cause });
        this.details = details;
      }
    };
  };
