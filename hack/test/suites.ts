import { ensureEngine } from '../engine/ensure-engine.ts';
import { ensureServiceAddressGuard } from '../engine/service-address-guard.ts';
import { ensureNodeImage } from '../node-image/ensure-node-image.ts';
import { ensureKind, ensureKube } from '../node-image/go-binaries.ts';
import { ensureObjectHealth } from '../object-health/ensure-object-health.ts';
import { ensurePromtool } from '../promtool/ensure-promtool.ts';

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
  { name: 'sim', limitMs: 30 * MINUTE_MS, prepare: () => Promise.resolve() },
  { name: 'integration', limitMs: 20 * MINUTE_MS, prepare: prepareIntegration },
  { name: 'e2e', limitMs: 45 * MINUTE_MS, prepare: prepareEndToEnd },
];

/** A kube-apiserver and an etcd to run on this host, and what reads our objects and rules as other people's tools do. */
async function prepareIntegration(): Promise<void> {
  await ensureKube();
  await ensureObjectHealth();
  await ensurePromtool();
}

async function prepareEndToEnd(): Promise<void> {
  const engine = await ensureEngine();
  await ensureServiceAddressGuard();
  await ensureNodeImage(engine);
  await ensureKind();
}
