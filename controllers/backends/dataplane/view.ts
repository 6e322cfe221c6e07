import type { Clock } from '../../runtime/clock.ts';
import { readInterfaces } from './addresses.ts';
import type { Interfaces } from './addresses.ts';
import { legacyRules, readGate } from './docker-gate.ts';
import type { Gate } from './docker-gate.ts';
import type { Mark } from './mark.ts';
import { Remembered } from './remembered.ts';
import type { Tools } from './tools.ts';
import { kernelChanges } from './watch.ts';
import type { Hint } from './watch.ts';

export interface ViewOptions<Table> {
  readonly tools: Tools;
  readonly mark: Mark;
  readonly clock: Clock;
  readonly readTable: (signal: AbortSignal) => Promise<Table>;
  /** What the kernel tells nobody of: text that differs when it has changed. */
  readonly sweep?: (signal: AbortSignal) => Promise<string>;
}

/** What is known of a network namespace. As long as somebody goes through `changes`, only what changed is read again. */
export class KernelView<Table> {
  readonly interfaces: Remembered<Interfaces>;
  readonly gate: Remembered<Gate>;
  /** What our table of nftables means. */
  readonly table: Remembered<Table>;
  readonly #options: ViewOptions<Table>;

  constructor(options: ViewOptions<Table>) {
    const { tools, mark, clock, readTable } = options;
    this.#options = options;
    this.interfaces = new Remembered(clock, (signal) => readInterfaces(tools, mark.metric, signal));
    this.gate = new Remembered(clock, (signal) => readGate(tools, mark.comment, signal));
    this.table = new Remembered(clock, readTable);
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void, void, undefined> {
    const { tools, mark, clock, sweep } = this.#options;
    const listening = [this.interfaces, this.gate, this.table].map((one) => one.listening());
    const sweeps = {
      gate: (until: AbortSignal) => legacyRules(tools, this.gate, until),
      ...(sweep !== undefined && { rules: sweep }),
    };
    const onHint = (hint: Hint): void => {
      this.#hear(hint);
    };
    try {
      yield* kernelChanges({ tools, mark, clock, onHint, sweeps }, signal);
    } finally {
      for (const one of listening) one.end();
    }
  }

  #hear(hint: Hint): void {
    if (hint === 'table') this.table.heard();
    if (hint === 'gate' || hint === 'lost') this.gate.forget();
    if (hint === 'interfaces' || hint === 'lost') this.interfaces.forget();
    if (hint === 'lost') this.table.forget();
  }
}
