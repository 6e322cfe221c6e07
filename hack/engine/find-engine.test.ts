import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findEngine, socketOf } from './find-engine.ts';

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function socket(answer?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qbo-engine-'));
  const path = join(folder, 'docker.sock');
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  if (answer !== undefined) {
    const server: Server = createServer((_, response) => response.end(answer));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    cleanUps.unshift(() => void server.close());
  }
  return path;
}

describe('finding the engine', () => {
  test('DOCKER_HOST is asked for its version', async () => {
    const path = await socket('{"Version":"20.10.24","ApiVersion":"1.41"}');

    expect(await findEngine({ DOCKER_HOST: `unix://${path}` })).toEqual({
      socketPath: path,
      version: '20.10.24',
      apiVersion: '1.41',
    });
  });

  test('a configured engine that does not answer is an error, not a reason to start another', async () => {
    const path = await socket();

    await expect(findEngine({ DOCKER_HOST: `unix://${path}` })).rejects.toThrow(/DOCKER_HOST names.*ENOENT/);
  });

  test('something else that answers is not taken for an engine', async () => {
    const path = await socket('hello');

    await expect(findEngine({ DOCKER_HOST: `unix://${path}` })).rejects.toThrow(/not as a container engine: hello/);
  });
});

describe('engine addresses', () => {
  test('that are remote are refused with the way out', () => {
    expect(() => socketOf('ssh://root@far', 'DOCKER_HOST')).toThrow(/ssh:\/\/root@far.*DOCKER_HOST=unix:/);
  });

  test('of the default socket are one path under both of its names', () => {
    expect(socketOf('unix:///run/docker.sock', 'x')).toBe(socketOf('unix:///var/run/docker.sock', 'x'));
  });
});
