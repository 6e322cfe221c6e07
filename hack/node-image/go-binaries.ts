/** The programs of a node that are built from Go modules, each cached by what it is built from. */
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cachedFile, contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run, RunError } from '../console/run.ts';
import { COREDNS_TAG, KIND_VERSION, KUBERNETES_VERSION, LOCAL_PATH_PROVISIONER_VERSION } from './versions.ts';

/** Static, without paths of this machine, and without debugging tables, which are a third of the size. */
const BUILD_FLAGS = ['-trimpath', '-ldflags'] as const;
const STRIP = '-s -w';
const ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };

/** A Go module beside this file, and the linker flags that it is built with. */
interface OwnModule {
  readonly title: string;
  readonly folder: string;
  readonly linkerFlags: string;
}

const KUBE: OwnModule = {
  title: `Build Kubernetes v${KUBERNETES_VERSION} from Go modules`,
  folder: join(import.meta.dirname, 'kube'),
  linkerFlags: kubernetesLinkerFlags(KUBERNETES_VERSION),
};

const COREDNS: OwnModule = {
  title: `Build CoreDNS ${COREDNS_TAG}`,
  folder: join(import.meta.dirname, 'coredns'),
  linkerFlags: STRIP,
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
  return [STRIP, ...sets].join(' ');
}

/** One binary for every Kubernetes program, etcd and the pod network agent. */
export const ensureKube = (): Promise<string> => ensureOwn('node-kube', KUBE);
export const kubeHash = (): Promise<string> => ownHash(KUBE);

export const ensureCoredns = (): Promise<string> => ensureOwn('node-coredns', COREDNS);
export const corednsHash = (): Promise<string> => ownHash(COREDNS);

export const ensureLocalPathProvisioner = (): Promise<string> =>
  ensureInstalled('github.com/rancher/local-path-provisioner', LOCAL_PATH_PROVISIONER_VERSION);

/** The kind CLI. Nothing of the product needs it. */
export const ensureKind = (): Promise<string> => ensureInstalled('sigs.k8s.io/kind', KIND_VERSION);

async function ensureOwn(name: string, module: OwnModule): Promise<string> {
  const hash = await ownHash(module);
  return step(module.title, (report) =>
    cachedFile(
      name,
      hash,
      async (path) => {
        const argv = ['go', 'build', ...BUILD_FLAGS, module.linkerFlags, '-o', path, '.'] as const;
        await runGo(argv, { cwd: module.folder, env: ENVIRONMENT, onLine: report });
      },
      { onHit: () => report.cached() },
    ),
  );
}

async function ownHash(module: OwnModule): Promise<string> {
  const names = await readdir(module.folder, { recursive: true });
  const inputs = names.filter((name) => /\.(go|mod|sum)$/.test(name) && !name.endsWith('_test.go')).sort();
  const texts = await Promise.all(inputs.map((name) => readFile(join(module.folder, name))));
  return contentHash(module.linkerFlags, inputs, ...texts);
}

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
          const env = { ...ENVIRONMENT, GOFLAGS: '', GOBIN: folder };
          await runGo(['go', 'install', ...BUILD_FLAGS, STRIP, `${module}@${version}`], { env, onLine: report });
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

/** Debian's own Go is too old for a current Kubernetes, so it can not be installed on the way. */
async function runGo(...[argv, options]: Parameters<typeof run>): Promise<void> {
  try {
    await run(argv, options);
  } catch (error) {
    const isMissing =
      error instanceof RunError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (!isMissing) throw error;
    throw new Error(
      'Go is missing, which builds the node image where no container registry answers. Install Go 1.25 or newer ' +
        '(https://go.dev/dl), or make a registry reachable, and run this again.',
      { cause: error },
    );
  }
}
