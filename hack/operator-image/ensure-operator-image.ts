/** The operator's image in the local engine, tagged with a hash of everything that it is made from. */
import { copyFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { bundleOperator } from '../build/bundle.ts';
import { contentHash } from '../cache/cache.ts';
import { step } from '../console/progress.ts';
import { run } from '../console/run.ts';
import type { Engine } from '../engine/ensure-engine.ts';
import { ensureNodeBase } from '../node-image/build.ts';
import { docker, hasImage } from '../node-image/docker.ts';
import { pullIfReachable } from '../node-image/registry.ts';
import { ensureDataplaneTools } from './dataplane-tools.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONTEXT = join(ROOT, 'build', 'operator', 'context');
/** What the bridge serves as its contract. */
const ASYNCAPI = join(ROOT, 'api', 'asyncapi.yaml');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const REPOSITORY = 'qbo/operator';
/** Besides the newest: what another checkout or a `git switch` goes back to. */
const KEPT = 3;
/** What the Dockerfile builds on unless it is told otherwise. */
const PUBLISHED_BASE = 'debian:bookworm-slim';

/** Returns the image's reference. What is there with this very content is not built again. */
export async function ensureOperatorImage(engine: Engine, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const bundle = await step('Bundle the operator', () => bundleOperator());
  const reference = `${REPOSITORY}:${await imageHash(bundle)}`;
  if (!(await hasImage(engine, reference))) {
    const base = await ensureBase(engine, env);
    const tools = await ensureDataplaneTools(engine, base);
    await step(`Operator image ${reference}`, (report) =>
      buildImage(engine, { bundle, reference, base, tools, report }),
    );
    await removeOld(engine);
  }
  await docker(engine, ['tag', reference, `${REPOSITORY}:dev`]);
  return reference;
}

async function imageHash(bundle: Buffer): Promise<string> {
  const here = ['Dockerfile', 'passwd', 'fetch-tools.sh'].map((file) => join(import.meta.dirname, file));
  const files = await Promise.all([...here, ASYNCAPI].map((file) => readFile(file)));
  return contentHash(bundle, ...files, process.version, process.arch);
}

/** Debian as published; where no registry answers, the one that node images are made from, which has what we take. */
async function ensureBase(engine: Engine, env: NodeJS.ProcessEnv): Promise<string> {
  if (await hasImage(engine, PUBLISHED_BASE)) return PUBLISHED_BASE;
  if (await pullIfReachable(engine, PUBLISHED_BASE, env)) return PUBLISHED_BASE;
  return ensureNodeBase(engine);
}

interface Build {
  readonly bundle: Buffer;
  readonly reference: string;
  readonly base: string;
  /** Archive of the programs that the dataplane runs. */
  readonly tools: string;
  readonly report: (line: string) => void;
}

async function buildImage(engine: Engine, { bundle, reference, base, tools, report }: Build): Promise<void> {
  await rm(CONTEXT, { recursive: true, force: true });
  await mkdir(CONTEXT, { recursive: true });
  await writeFile(join(CONTEXT, 'operator.mjs'), bundle);
  await copyFile(join(import.meta.dirname, 'passwd'), join(CONTEXT, 'passwd'));
  await copyFile(ASYNCAPI, join(CONTEXT, 'asyncapi.yaml'));
  await mkdir(join(CONTEXT, 'tools'));
  await run(['tar', '--extract', '--file', tools, '--directory', join(CONTEXT, 'tools')]);
  await link(NODE, join(CONTEXT, 'node'));
  const dockerfile = join(import.meta.dirname, 'Dockerfile');
  const args = ['--file', dockerfile, '--tag', reference, '--build-arg', `BASE=${base}`];
  await docker(engine, ['build', ...args, CONTEXT], { onLine: report });
  await rm(CONTEXT, { recursive: true });
}

/** Every change of the sources makes an image; the newest few are kept. The engine lists the newest first. */
async function removeOld(engine: Engine): Promise<void> {
  const { stdout } = await docker(engine, ['image', 'ls', '--format', '{{.Tag}}', REPOSITORY]);
  const tags = stdout.split('\n').filter((tag) => tag !== '' && tag !== 'dev');
  const old = tags.slice(KEPT).map((tag) => `${REPOSITORY}:${tag}`);
  if (old.length > 0) await docker(engine, ['image', 'rm', ...old]);
}
