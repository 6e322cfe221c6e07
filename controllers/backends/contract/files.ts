import { expect, test } from '@jest/globals';
import { ContainerNotRunning } from '../../../crds/errors.ts';
import type { FileContent } from '../containers.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

export function filesContract(fix: () => Fixture): void {
  const file = (path: string, content: string): FileContent => ({ path, content, mode: 0o600 });
  const write = (id: string, ...files: FileContent[]): Promise<void> =>
    fix().containers.writeFiles(id, files, fix().signal);
  const read = (id: string, path: string): Promise<string | undefined> =>
    fix().containers.readFile(id, path, fix().signal);

  test('files are written and read before the container first starts, while it runs, and after it stopped', async () => {
    const { containers, signal } = fix();
    const { id } = await fix().created();
    await write(id, file('/etc/deep/er/a', 'grün\n'), file('/etc/b', ''));
    expect(await read(id, '/etc/deep/er/a')).toBe('grün\n');
    await containers.start(id, signal);
    expect(await read(id, '/etc/deep/er/a')).toBe('grün\n');
    await write(id, file('/etc/deep/er/a', 'second'));
    await containers.stop(id, 5, signal);
    expect(await read(id, '/etc/deep/er/a')).toBe('second');
    expect(await read(id, '/etc/b')).toBe('');
    await write(id);
  });

  test('what is not a file is not read', async () => {
    const { id } = await fix().created();
    await write(id, file('/etc/deep/a', 'x'));
    expect(await read(id, '/etc/nothing')).toBeUndefined();
    expect(await read(id, '/etc/deep')).toBeUndefined();
    expect(await read(id, '/etc/deep/a/b')).toBeUndefined();
    expect(await read(fix().name('nothing'), '/etc/passwd')).toBeUndefined();
  });

  test('files on a volume outlive their container; others do not', async () => {
    const { containers, signal } = fix();
    const volumes = [{ name: fix().name('var'), target: '/data' }];
    const first = await fix().running({ volumes });
    await write(first.id, file('/data/deep/kept', 'kept'), file('/etc/lost', 'lost'));
    await containers.remove(first.id, signal);
    const second = await fix().created({ volumes });
    expect(await read(second.id, '/data/deep/kept')).toBe('kept');
    expect(await read(second.id, '/etc/lost')).toBeUndefined();
  });

  test('nothing is written into a container that is gone', async () => {
    const { id } = await fix().created();
    await fix().containers.remove(id, fix().signal);
    expect(await failure(write(id, file('/etc/a', 'x')))).toBeInstanceOf(ContainerNotRunning);
  });

  test('a path on a tmpfs, or that is not plain, is refused', async () => {
    const { id } = await fix().running();
    for (const path of ['/tmp/a', '/run/deep/a', 'etc/a', '/etc/../a']) {
      expect((await failure(write(id, file(path, 'x')))).message).toContain(path);
      expect((await failure(read(id, path))).message).toContain(path);
    }
  });
}
