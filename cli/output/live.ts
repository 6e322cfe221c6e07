import type { Clock } from '../clock.ts';
import type { Terminal } from './terminal.ts';
import { styledClip } from './width.ts';

const ESCAPE = '\u001b[';
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;

/** Redrawn no more often than this: nobody reads faster. */
const FRAME_MS = 100;

/** The last lines of a terminal, drawn again in place while something goes on. Everything above them stays. */
export class LiveRegion {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #lines: (frame: number) => readonly string[];
  #drawn = 0;
  #frame = 0;
  #cancel: (() => void) | undefined;
  readonly #isAnimated: boolean;

  /** @param lines what is to be seen; asked for each frame, of which each has the next number. */
  constructor(
    { terminal, clock, isAnimated }: { terminal: Terminal; clock: Clock; isAnimated: boolean },
    lines: (frame: number) => readonly string[],
  ) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#isAnimated = isAnimated;
    this.#lines = lines;
  }

  /** Something has changed: draws it at the next frame. */
  update(): void {
    this.#cancel ??= this.#clock.after(this.#drawn === 0 ? 0 : FRAME_MS, () => {
      this.#cancel = undefined;
      this.#frame += 1;
      this.#draw();
      if (this.#isAnimated) this.update();
    });
  }

  /** Writes something else above what is drawn. */
  above(write: () => void): void {
    const isDrawn = this.#drawn > 0;
    this.#terminal.write(this.#erasure());
    this.#drawn = 0;
    write();
    if (isDrawn) this.#draw();
  }

  /** Takes away what is drawn, and leaves `last` in its place. Nothing is drawn after it. */
  end(last: readonly string[]): void {
    this.#cancel?.();
    this.#terminal.write(`${this.#erasure()}${last.map((line) => `${line}\n`).join('')}${SHOW_CURSOR}`);
    this.#drawn = 0;
  }

  #draw(): void {
    // The cursor stands below the last line, and a line that wraps would be two.
    const most = Math.max(1, this.#terminal.rows() - 1);
    const all = this.#lines(this.#frame);
    const lines = all.length <= most ? all : [...all.slice(0, most - 1), `… ${all.length - most + 1} more`];
    const text = lines.map((line) => `${styledClip(line, this.#terminal.columns() - 1)}\n`).join('');
    this.#terminal.write(`${HIDE_CURSOR}${this.#erasure()}${text}`);
    this.#drawn = lines.length;
  }

  #erasure(): string {
    return this.#drawn === 0 ? '' : `${ESCAPE}${this.#drawn}A\r${ESCAPE}J`;
  }
}
