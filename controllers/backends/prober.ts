/** Asks whether somebody answers. Twins: `network-prober.ts` and `memory/prober.ts`. */
export interface Prober {
  /** Resolves when it is answered as it should be; rejects with what is wrong, or with the signal's reason. */
  probe(target: Target, signal: AbortSignal): Promise<void>;
}

export type ProbeProtocol = 'TCP' | 'HTTP' | 'HTTPS' | 'UDP';

export interface Target {
  readonly protocol: ProbeProtocol;
  readonly address: string;
  readonly port: number;
  /** Of HTTP and HTTPS. */
  readonly path: string;
  /** Of UDP: what is sent; any reply will do. */
  readonly payload: string;
  /** Of HTTP and HTTPS: whether what is answered will do. Absent: anything will. */
  readonly isRight?: (answer: string) => boolean;
}
