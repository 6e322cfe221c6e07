/**
 * Docker carries the two outputs of a command in one stream of frames: one byte says which output, three are zero, four
 * give the length of what follows. Frames and chunks have nothing to do with each other.
 */
export class Multiplexed {
  readonly stdout: Tail;
  readonly stderr: Tail;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #left = 0;

  constructor(limitBytes: number) {
    this.stdout = new Tail(limitBytes);
    this.stderr = new Tail(limitBytes);
  }

  add(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const part = chunk.subarray(at, at + this.#left);
        (this.#header[0] === STDERR ? this.stderr : this.stdout).add(part);
        this.#left -= part.length;
        at += part.length;
      } else {
        const copied = chunk.copy(this.#header, this.#headerFilled, at, at + HEADER_BYTES - this.#headerFilled);
        this.#headerFilled += copied;
        at += copied;
        if (this.#headerFilled < HEADER_BYTES) return;
        this.#headerFilled = 0;
        this.#left = this.#header.readUInt32BE(4);
      }
    }
  }
}

const HEADER_BYTES = 8;
const STDERR = 2;

/** Keeps the end of an output that may be long. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isCut = false;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Twice the limit before anything is copied, so that many small chunks cost little.
    if (this.#bytes > 2 * this.#limit) this.#cut();
  }

  toString(): string {
    if (this.#bytes > this.#limit) this.#cut();
    const all = Buffer.concat(this.#chunks);
    return all.subarray(this.#isCut ? startOfCharacter(all) : 0).toString('utf8');
  }

  #cut(): void {
    const end = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#chunks = [Buffer.from(end)];
    this.#bytes = end.length;
    this.#isCut = true;
  }
}

/** The first byte that is not the continuation of a UTF-8 character whose beginning was cut away. */
function startOfCharacter(bytes: Buffer): number {
  let at = 0;
  while (at < 4 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}
