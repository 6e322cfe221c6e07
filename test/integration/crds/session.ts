import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { ensureKube } from '../../../hack/node-image/go-binaries.ts';
import { startApiServer } from '../../fixtures/api-server/index.ts';
import { installDefinitions } from '../../fixtures/operator/definitions.ts';
import { kubectlOn } from '../../fixtures/operator/kubectl.ts';
import type { Kubectl, KubectlCommands } from '../../fixtures/operator/kubectl.ts';

/** An API server that has our definitions, with the two ways to speak to it: a program's and a person's. */
export interface Session extends KubectlCommands {
  readonly client: KubeClient;
  stop(): Promise<void>;
}

export async function startSession(): Promise<Session> {
  const server = await startApiServer();
  const folder = await mkdtemp(join(tmpdir(), 'qbo-crds-'));
  const kubeconfigFile = join(folder, 'kubeconfig');
  await writeFile(kubeconfigFile, server.kubeconfig, { mode: 0o600 });
  // The one Kubernetes binary is whatever program it is called as.
  await symlink(await ensureKube(), join(folder, 'kubectl'));
  const commands = kubectlOn(kubeconfigFile, join(folder, 'kubectl'));
  await installDefinitions(commands.kubectl);
  await untilDiscovered(commands.kubectl);
  return {
    ...commands,
    client: server.client(),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const DISCOVERY_TIMEOUT_MS = 15_000;

/** A definition is Established a moment before the server tells of its kinds to those who ask what there is. */
async function untilDiscovered(kubectl: Kubectl): Promise<void> {
  const deadline = performance.now() + DISCOVERY_TIMEOUT_MS;
  for (;;) {
    try {
      await kubectl('get', 'qc,qn,qnet,qbo');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(200);
    }
  }
}

/** The words of one table row, or of its header. Columns are set apart by three spaces. */
export const cells = (line: string | undefined): string[] => (line ?? '').trim().split(/ {3,}/);

/** The lines of a table, header first. */
export const rows = (table: string): string[] => table.trimEnd().split('\n');
