/** Our runtime beside controller-runtime: the same controller, one after the other, on the same API server and objects. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import type { KubeClient } from '../../../controllers/kube/client.ts';
import { CustomResourceDefinitionType } from '../../../controllers/kube/kinds.ts';
import { startApiServer } from '../../../test/fixtures/api-server/index.ts';
import { eventually } from '../../../test/fixtures/operator/eventually.ts';
import { ensureGoProgram } from '../../cache/go-program.ts';
import { figures, rounded, type Figure, type Results } from '../report.ts';
import { median } from '../result.ts';
import { gadgetDefinition, GadgetType, type Gadget } from './gadget.ts';

const CONCURRENCY = 16;
const MODES = ['none', 'patch'] as const;
const forever = new AbortController().signal;

type Contender = 'ours' | 'controller-runtime';

/** Objects a second: after a start, until all have been reconciled; and while all are edited, until each edit has been. */
interface Round {
  readonly started: number;
  readonly edited: number;
}

export async function benchThroughput(objects: number): Promise<Results> {
  const program = await ensureGoProgram({
    name: 'bench-throughput',
    title: 'Build the controller on controller-runtime',
    folder: import.meta.dirname,
  });
  const folder = await mkdtemp(join(tmpdir(), 'qbo-throughput-'));
  const server = await startApiServer();
  try {
    const kube = server.client();
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 });
    await prepare(kube, objects);
    const commands: Readonly<Record<Contender, readonly string[]>> = {
      ours: [process.execPath, join(import.meta.dirname, 'ours.ts')],
      'controller-runtime': [program],
    };
    const results: Record<string, unknown> = {};
    for (const mode of MODES) {
      const rounds: Record<Contender, Round[]> = { ours: [], 'controller-runtime': [] };
      // Whoever comes second finds a server that has worked longer: each is once the first.
      for (const name of ['ours', 'controller-runtime', 'controller-runtime', 'ours'] as const) {
        await edit(kube, objects);
        rounds[name].push(await run([...commands[name], kubeconfig, mode], kube, objects));
      }
      results[mode] = summary(mode, rounds);
    }
    return { throughput: { objects, concurrency: CONCURRENCY, ...results } };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

const nameOf = (index: number): string => `g${String(index)}`;
const manifest = (index: number, value: number): Gadget => ({
  apiVersion: GadgetType.apiVersion,
  kind: GadgetType.kind,
  metadata: { name: nameOf(index), namespace: 'default' },
  spec: { value },
});

async function prepare(kube: KubeClient, objects: number): Promise<void> {
  await kube.create(CustomResourceDefinitionType, gadgetDefinition, forever);
  await eventually('the kind is served', () => kube.create(GadgetType, manifest(0, 0), forever), { timeoutMs: 30_000 });
  await eachOf(objects, (index) =>
    index === 0 ? Promise.resolve() : kube.create(GadgetType, manifest(index, 0), forever),
  );
}

let value = 0;

/** Every object once. */
async function edit(kube: KubeClient, objects: number): Promise<void> {
  value += 1;
  await eachOf(objects, (index) =>
    kube.mergePatch(GadgetType, { namespace: 'default', name: nameOf(index) }, { spec: { value } }, forever),
  );
}

async function eachOf(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function run(command: readonly string[], kube: KubeClient, objects: number): Promise<Round> {
  const [file, ...args] = [...command, String(objects), String(CONCURRENCY)];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    const first = await lines.next();
    await delay(500);
    const startedAt = performance.now();
    const [second] = await Promise.all([lines.next(), edit(kube, objects)]);
    if (first.done === true || second.done === true) throw new Error(`${file} ended before it had done its work`);
    return {
      started: (objects / Number(first.value)) * 1000,
      edited: (objects / (performance.now() - startedAt)) * 1000,
    };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

function summary(mode: string, rounds: Readonly<Record<Contender, readonly Round[]>>): Results {
  const of = (name: Contender, what: keyof Round): number => median(rounds[name].map((round) => round[what]));
  const ratio = (what: keyof Round): number => of('ours', what) / of('controller-runtime', what);
  const all: Figure[] = (['started', 'edited'] as const).flatMap((what) => [
    { name: `${what}, ours`, value: of('ours', what), unit: '/s' },
    { name: `${what}, controller-runtime`, value: of('controller-runtime', what), unit: '/s' },
    { name: `${what}, ratio`, value: ratio(what), unit: '', target: 1, atLeast: true },
  ]);
  const title = mode === 'none' ? 'Reconciles that do nothing:' : 'Reconciles that write one status:';
  process.stdout.write(`${figures(title, all)}\n\n`);
  return Object.fromEntries(all.map(({ name, value: figure }) => [name, rounded(figure)]));
}
