/**
 * Frames one behind the other, to be written at once. Subscribers that are equally far ask for the same frames one after the other, and
 * get the same bytes.
 */
export class Batches {
  #frames: readonly Buffer[] = [];
  #bytes: Buffer = Buffer.alloc(0);

  of(frames: readonly Buffer[]): Buffer {
    const [only] = frames;
    if (frames.length === 1 && only !== undefined) return only;
    if (!this.#areLast(frames)) {
      this.#frames = frames;
      this.#bytes = Buffer.concat(frames);
    }
    return this.#bytes;
  }

  /** What was made once is not kept until somebody asks again. */
  clear(): void {
    this.#frames = [];
    this.#bytes = Buffer.alloc(0);
  }

  #areLast(frames: readonly Buffer[]): boolean {
    return frames.length === this.#frames.length && frames.every((frame, index) => frame === this.#frames[index]);
  }
}
