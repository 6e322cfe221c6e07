import type { Prober, Target } from '../prober.ts';

/** Everybody answers but those of whom it is said that they do not. */
export class MemoryProber implements Prober {
  /** Addresses that answer nothing. */
  readonly silent = new Set<string>();
  /** Every question, as `TCP 10.0.0.1:80`. */
  readonly asked: string[] = [];

  probe({ protocol, address, port, path }: Target, signal: AbortSignal): Promise<void> {
    this.asked.push(`${protocol} ${address}:${String(port)}${protocol.startsWith('HTTP') ? path : ''}`);
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return this.silent.has(address) ? Promise.reject(new Error('connect ECONNREFUSED')) : Promise.resolve();
  }
}
