import { mkdtemp, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../hack/console/run.ts';
import { tarOf } from '../../../hack/node-image/archive.ts';

/** Ends at once when it is asked to, and never by itself. */
const INIT = `#!/bin/sh
trap 'exit 0' TERM
while :; do
  sleep 1000 &
  wait $!
done
`;

const PROGRAMS = ['sh', 'cat', 'chmod', 'echo', 'head', 'hostname', 'ln', 'mkdir', 'sleep', 'stat', 'true', 'yes'];

/** Makes the smallest image that the contract can be held with: busybox, as the node image has it, and nothing else. */
export async function makePlainImage(reference: string, nodeImage: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plain-image-'));
  try {
    const busybox = join(folder, 'busybox');
    // A node image of our own has it; where kind's is used there is a registry, and so an image of busybox.
    await copyBusybox(nodeImage, busybox).catch(() => copyBusybox('busybox:musl', busybox));
    const tar = tarOf([
      { path: '/bin/busybox', from: busybox, mode: 0o755 },
      ...PROGRAMS.map((program) => ({ path: `/bin/${program}`, linkTo: 'busybox' })),
      { path: '/init', text: INIT, mode: 0o755 },
      ...['/dev', '/etc', '/proc', '/run', '/sys', '/tmp'].map((path) => ({ path, folder: true as const })),
    ]);
    const changes = ['ENTRYPOINT ["/init"]', 'LABEL io.qbo.contract=yes'].flatMap((change) => ['--change', change]);
    await run(['docker', 'import', ...changes, '-', reference], { input: tar });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const copyBusybox = (image: string, to: string): Promise<unknown> =>
  run(['docker', 'run', '--rm', '--entrypoint', '/bin/busybox', image, 'cat', '/bin/busybox'], {
    stdoutTo: createWriteStream(to),
  });
