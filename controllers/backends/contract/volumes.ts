import { expect, test } from '@jest/globals';
import { NameTaken, VolumeInUse } from '../../../crds/errors.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

export function volumesContract(fix: () => Fixture): void {
  const ensure = (text: string, owner = text): Promise<void> => {
    const fixture = fix();
    const volume = { owner: fixture.name(owner), name: fixture.name(text), labels: fixture.labels };
    return fixture.containers.volumes.ensure(volume, fixture.signal);
  };

  test('a volume is listed by its labels', async () => {
    const { containers, signal, labels } = fix();
    await ensure('var');
    const owner = fix().name('var');
    const listed = [{ name: owner, owner, labels: { ...labels, 'qbo.io/id': owner } }];
    expect(await containers.volumes.list({ 'qbo.io/id': owner }, signal)).toEqual(listed);
    expect(await containers.volumes.list({ ...labels, 'qbo.io/id': '' }, signal)).toEqual(listed);
    expect(await containers.volumes.list({ ...labels, 'qbo.io/id': 'nobody' }, signal)).toEqual([]);
  });

  test('a volume that is there is left as it is', async () => {
    const { containers, signal } = fix();
    const name = fix().name('var');
    await ensure('var');
    const volumes = [{ name, target: '/data' }];
    const node = await fix().created({ volumes });
    await containers.writeFiles(node.id, [{ path: '/data/x', content: 'kept', mode: 0o600 }], signal);
    await ensure('var');
    expect(await containers.readFile(node.id, '/data/x', signal)).toBe('kept');
  });

  test("the name of a volume that is not its owner's is refused", async () => {
    await ensure('var');
    expect(await failure(ensure('var', 'other'))).toBeInstanceOf(NameTaken);
    await fix().subject.outside.makeVolume(fix().name('foreign'));
    expect(await failure(ensure('foreign'))).toBeInstanceOf(NameTaken);
  });

  test('a volume that a container has, even a stopped one, is not removed', async () => {
    const { containers, signal } = fix();
    const name = fix().name('var');
    await ensure('var');
    const node = await fix().created({ volumes: [{ name, target: '/data' }] });
    expect(await failure(containers.volumes.remove(name, signal))).toBeInstanceOf(VolumeInUse);
    await containers.remove(node.id, signal);
    await containers.volumes.remove(name, signal);
    await containers.volumes.remove(name, signal);
    expect(await containers.volumes.list(fix().labels, signal)).toEqual([]);
  });

  test('who can write to a volume is known while its container is up', async () => {
    const { containers, signal } = fix();
    const [name, other] = [fix().name('var'), fix().name('etc')];
    const owner = fix().name('node');
    const node = await fix().created({ volumes: [{ name, target: '/data' }] });
    expect(await containers.volumes.writers([name, other], signal)).toEqual([]);
    await containers.start(node.id, signal);
    expect(await containers.volumes.writers([name, other], signal)).toEqual([
      { volume: name, container: node.name, owner },
    ]);
    expect(await containers.volumes.writers([other], signal)).toEqual([]);
    await containers.pause(node.id, signal);
    expect(await containers.volumes.writers([name], signal)).toHaveLength(1);
    await containers.stop(node.id, 0, signal);
    expect(await containers.volumes.writers([name], signal)).toEqual([]);
  });

  test('a volume that a container brings into being carries the labels of the container', async () => {
    const { containers, signal, labels } = fix();
    const name = fix().name('unasked');
    await fix().created({ volumes: [{ name, target: '/data' }] });
    const [volume] = await containers.volumes.list(labels, signal);
    expect(volume).toMatchObject({ name, owner: fix().name('node') });
  });
}
