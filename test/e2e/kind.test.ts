import { expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepNetworkAsItWas, raceKind } from '../../hack/bench/kind.ts';
import { run } from '../../hack/console/run.ts';
import { ensureEngine } from '../../hack/engine/ensure-engine.ts';
import { ensureNodeImage } from '../../hack/node-image/ensure-node-image.ts';
import { newInstanceName } from '../fixtures/operator/run-identity.ts';

jest.setTimeout(300_000);

test("kind's command line makes a cluster of two nodes from our node image, up to DNS, and removes it", async () => {
  const { image } = await ensureNodeImage(await ensureEngine());
  const name = await newInstanceName('e2e');
  const folder = await mkdtemp(join(tmpdir(), 'qbo-kind-'));
  try {
    // Resolves when every node is Ready and CoreDNS is Available, and rejects when kind fails.
    const round = await keepNetworkAsItWas(() => raceKind(2, { name, image, folder }));
    expect(round.seconds).toBeGreaterThan(0);
    const filter = `label=io.x-k8s.kind.cluster=${name}`;
    expect((await run(['docker', 'ps', '-aq', '--filter', filter])).stdout).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});
