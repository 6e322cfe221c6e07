import { ensureEngine } from '../engine/ensure-engine.ts';
import { ensureServiceAddressGuard } from '../engine/service-address-guard.ts';

/** A jest project, what it needs to be there first, and how long it may take at most. */
export interface Suite {
  readonly name: string;
  readonly limitMs: number;
  readonly prepare: () => Promise<void>;
}

const MINUTE_MS = 60_000;

/** In the order in which they run: the quick ones first, so that a plain mistake is known early. */
export const SUITES: readonly Suite[] = [
  { name: 'unit', limitMs: 10 * MINUTE_MS, prepare: () => Promise.resolve() },
  { name: 'integration', limitMs: 20 * MINUTE_MS, prepare: prepareIntegration },
  { name: 'e2e', limitMs: 45 * MINUTE_MS, prepare: prepareEndToEnd },
];

async function prepareIntegration(): Promise<void> {
  await ensureEngine();
}

async function prepareEndToEnd(): Promise<void> {
  await ensureEngine();
  await ensureServiceAddressGuard();
}
