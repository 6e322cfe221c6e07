import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Container, Containers } from '../../../controllers/backends/containers.ts';
import { Fixture } from '../../../controllers/backends/contract/subject.ts';
import { dockerSubject, removePlainImage } from './docker-subject.ts';

jest.setTimeout(60_000);

const signal = new AbortController().signal;
let fixture: Fixture;
let containers: Containers;
let node: Container;

beforeAll(async () => {
  fixture = new Fixture(await dockerSubject(), signal);
  containers = fixture.containers;
  // A subnet that the contract does not use: the two may run at the same time.
  const { id } = await fixture.network('net', '10.231.20.0/24');
  node = await fixture.running({ network: { id, address: '10.231.20.3' } });
});

afterAll(async () => {
  await fixture.cleanUp();
  await removePlainImage(fixture.subject);
});

const shell = async (script: string): Promise<string> =>
  (await containers.exec(node.id, { argv: ['sh', '-c', script] }, signal)).stdout;

test('a file that is written has its permissions, belongs to root, and leaves the folders that were there as they were', async () => {
  await shell('mkdir /shared && chmod 1777 /shared');
  await containers.writeFiles(node.id, [{ path: '/shared/new/secret', content: 'x', mode: 0o640 }], signal);
  const modes = await shell('stat -c "%a %u:%g" /shared /shared/new /shared/new/secret');
  expect(modes).toBe('1777 0:0\n755 0:0\n640 0:0\n');
});

test('a file is read through links, and one that leads nowhere is no file', async () => {
  await containers.writeFiles(node.id, [{ path: '/etc/real/file', content: 'found', mode: 0o600 }], signal);
  await shell('ln -s real /etc/folder; ln -s folder/file /etc/link; ln -s /etc/link /etc/far; ln -s self /etc/self');
  expect(await containers.readFile(node.id, '/etc/far', signal)).toBe('found');
  expect(await containers.readFile(node.id, '/etc/self', signal)).toBeUndefined();
});

test('a node has memory file systems of its own, and no filter on system calls', async () => {
  const mounts = await shell('cat /proc/mounts');
  expect(mounts).toMatch(/^tmpfs \/tmp tmpfs rw/m);
  expect(mounts).toMatch(/^tmpfs \/run tmpfs rw/m);
  expect(await shell('cat /proc/self/status')).toMatch(/^Seccomp:\s+0$/m);
});
