/** Hands what happens to everyone who listens at that moment. */
export class Feed {
  readonly #listeners = new Set<(owner: string) => void>();

  /** Objects that are nobody's go unnoticed, as they do in a real engine's stream. */
  emit(owner: string | undefined): void {
    if (owner === undefined) return;
    for (const listener of this.#listeners) listener(owner);
  }

  /** What happens from the first step of the iteration on. Ends when `end` aborts. */
  async *listen(end: AbortSignal): AsyncGenerator<string, void, undefined> {
    const waiting: string[] = [];
    let wake = (): void => undefined;
    const listener = (owner: string): void => {
      waiting.push(owner);
      wake();
    };
    const ended = (): void => {
      wake();
    };
    this.#listeners.add(listener);
    end.addEventListener('abort', ended, { once: true });
    try {
      while (!end.aborted || waiting.length > 0) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#listeners.delete(listener);
      end.removeEventListener('abort', ended);
    }
  }
}
