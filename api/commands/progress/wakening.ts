/** Something to wait for that may happen at any time, also while nobody waits: then the next wait ends at once. */
export class Wakening {
  #hasHappened = false;
  #wake: () => void = () => undefined;

  /** It has happened. */
  readonly call = (): void => {
    this.#hasHappened = true;
    this.#wake();
  };

  /** Resolves when it has happened since the last wait. One at a time. */
  async next(): Promise<void> {
    if (!this.#hasHappened) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#hasHappened = false;
  }
}
