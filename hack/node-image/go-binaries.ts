/** The programs of a node that are built from Go modules, each cached by what it is built from. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cachedFile, contentHash } from '../cache/cache.ts';
import { ensureGoProgram, goProgramHash, runGo, type GoProgram } from '../cache/go-program.ts';
import { GO_BUILD_FLAGS, GO_ENVIRONMENT, GO_STRIP } from '../cache/go-program.ts';
import { step } from '../console/progress.ts';
import { run } from '../console/run.ts';
import { COREDNS_TAG, KIND_VERSION, KUBERNETES_VERSION, LOCAL_PATH_PROVISIONER_VERSION } from './versions.ts';

const KUBE: GoProgram = {
  name: 'node-kube',
  title: `Build Kubernetes v${KUBERNETES_VERSION} from Go modules`,
  folder: join(import.meta.dirname, 'kube'),
  linkerFlags: kubernetesLinkerFlags(KUBERNETES_VERSION),
};

const COREDNS: GoProgram = {
  name: 'node-coredns',
  title: `Build CoreDNS ${COREDNS_TAG}`,
  folder: join(import.meta.dirname, 'coredns'),
};

/** Kubernetes reads its own version from variables that the linker sets. */
export function kubernetesLinkerFlags(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  const variables = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'unknown',
    // A fixed date, so that the same sources make the same binary.
    buildDate: '2026-01-01T00:00:00Z',
  };
  const sets = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return [GO_STRIP, ...sets].join(' ');
}

/** One binary for every Kubernetes program, etcd and the pod network agent. */
export const ensureKube = (): Promise<string> => ensureGoProgram(KUBE);
export const kubeHash = (): Promise<string> => goProgramHash(KUBE);

export const ensureCoredns = (): Promise<string> => ensureGoProgram(COREDNS);
export const corednsHash = (): Promise<string> => goProgramHash(COREDNS);

export const ensureLocalPathProvisioner = (): Promise<string> =>
  ensureInstalled('github.com/rancher/local-path-provisioner', LOCAL_PATH_PROVISIONER_VERSION);

/** The kind CLI. Nothing of the product needs it. */
export const ensureKind = (): Promise<string> => ensureInstalled('sigs.k8s.io/kind', KIND_VERSION);

/** A program straight from its published module. */
async function ensureInstalled(module: string, version: string): Promise<string> {
  const program = module.split('/').at(-1) ?? module;
  return step(`Build ${program} ${version}`, (report) =>
    cachedFile(
      program,
      contentHash(module, version),
      async (path) => {
        const folder = await mkdtemp(join(tmpdir(), 'qbo-go-'));
        try {
          const env = { ...GO_ENVIRONMENT, GOFLAGS: '', GOBIN: folder };
          await runGo(['go', 'install', ...GO_BUILD_FLAGS, GO_STRIP, `${module}@${version}`], { env, onLine: report });
          await rename(join(folder, program), path).catch((error: unknown) => {
            if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
            return run(['cp', join(folder, program), path]);
          });
        } finally {
          await rm(folder, { recursive: true });
        }
      },
      { onHit: () => report.cached() },
    ),
  );
}
