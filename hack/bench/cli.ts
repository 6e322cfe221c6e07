/** The command line: what its start costs, and a list beside kubectl's. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../test/fixtures/api-server/ports.ts';
import { RealBridge } from '../../test/fixtures/cli/real-bridge.ts';
import { buildCli, CLI_LINK } from '../build/bundle-cli.ts';
import { run, RunError, type Argv } from '../console/run.ts';
import { ensureKube } from '../node-image/go-binaries.ts';
import { figures, rounded, type Figure, type Results } from './report.ts';
import { median } from './result.ts';

const ROUNDS = 30;

/** `qbo version` without a bridge, beside a program that does nothing. */
export async function benchCliStart(): Promise<Results> {
  await buildCli();
  const home = await mkdtemp(join(tmpdir(), 'qbo-bench-'));
  try {
    const [port = 0] = await freePorts(1);
    const env = { HOME: home, QBO_PORT: String(port) };
    const [version = 0, empty = 0] = await race([
      () => timed([CLI_LINK, 'version'], env),
      () => timed([process.execPath, '-e', '0'], env),
    ]);
    return report('cli_start', 'The command line, started without a bridge:', [
      { name: 'qbo version', value: version, unit: 'ms', target: 80 },
      { name: 'node, which does nothing', value: empty, unit: 'ms' },
    ]);
  } finally {
    await rm(home, { recursive: true });
  }
}

/** `qbo get nodes -A` beside `kubectl get` of the same objects from the same API server; kubectl has asked before what there is. */
export async function benchCliGet(): Promise<Results> {
  await buildCli();
  const home = await mkdtemp(join(tmpdir(), 'qbo-bench-'));
  const bridge = await RealBridge.start();
  try {
    const kubeconfig = join(home, 'kubeconfig');
    const kubectl = join(home, 'kubectl');
    await writeFile(kubeconfig, bridge.installation.server.kubeconfig, { mode: 0o600 });
    await symlink(await ensureKube(), kubectl);
    const env = { HOME: home, QBO_PORT: String(bridge.port) };
    const qbo = (...words: readonly string[]): Argv => [CLI_LINK, ...words];
    await run(qbo('add', 'cluster', 'dev', 'prod'), { env });
    const contenders = [
      () => timed(qbo('get', 'nodes', '-A'), env),
      () => timed([kubectl, '--kubeconfig', kubeconfig, 'get', 'qn', '-A'], env),
    ];
    // Both once for nothing: kubectl keeps what it has learnt of the server.
    await race(contenders, 1);
    const [ours = 0, theirs = 0] = await race(contenders);
    return report('cli_get', 'Six nodes of two clusters, listed:', [
      { name: 'qbo get nodes -A', value: ours, unit: 'ms' },
      { name: 'kubectl get qn -A', value: theirs, unit: 'ms' },
      { name: 'qbo / kubectl', value: ours / theirs, unit: '', target: 1 },
    ]);
  } finally {
    await bridge[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  }
}

/** In turn, so that what else goes on is the same for all. Medians. */
async function race(contenders: readonly (() => Promise<number>)[], rounds = ROUNDS): Promise<readonly number[]> {
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) times[index]?.push(await contender());
  }
  return times.map(median);
}

/** Milliseconds until it has ended, well or not. */
async function timed(argv: Argv, env: Readonly<Record<string, string>>): Promise<number> {
  const startedAt = performance.now();
  try {
    await run(argv, { env });
  } catch (error) {
    // Without a bridge it says so, and that is what is measured.
    if (!(error instanceof RunError) || error.exitCode === undefined) throw error;
  }
  return performance.now() - startedAt;
}

function report(section: string, title: string, all: readonly Figure[]): Results {
  process.stdout.write(`${figures(title, all)}\n\n`);
  return {
    [section]: Object.fromEntries(all.map(({ name, value, unit }) => [`${name} ${unit}`.trim(), rounded(value)])),
  };
}
