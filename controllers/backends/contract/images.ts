import { expect, test } from '@jest/globals';
import { ImageUnavailable } from '../../../crds/errors.ts';
import { failure } from './subject.ts';
import type { Fixture } from './subject.ts';

export function imagesContract(fix: () => Fixture): void {
  test('the engine tells its version and the size of its machine', async () => {
    const { containers, signal } = fix();
    const info = await containers.engine.info(signal);
    expect(info.apiVersion).toMatch(/^\d+\.\d+$/);
    expect(info.version).not.toBe('');
    expect([1, 2]).toContain(info.cgroupVersion);
    expect(info.memoryBytes).toBeGreaterThan(2 ** 28);
    expect(info.cpus).toBeGreaterThan(0);
  });

  test('an image is found by its reference and by its id, with its labels and entry point', async () => {
    const { containers, signal, subject } = fix();
    const image = await containers.images.find(subject.plainImage, signal);
    expect(image).toMatchObject({ labels: { 'io.qbo.contract': 'yes' }, entrypoint: ['/init'] });
    expect(image?.tags).toContain(subject.plainImage);
    expect(await containers.images.find(image?.id ?? '', signal)).toEqual(image);
    expect(await containers.images.list(signal)).toContainEqual(image);
  });

  test('an image that the engine does not have, or whose name is no name, is not found', async () => {
    const { containers, signal } = fix();
    expect(await containers.images.find('qbo-contract/nothing:v1', signal)).toBeUndefined();
    expect(await containers.images.find('Not A Name', signal)).toBeUndefined();
  });

  test('a pull that no registry serves fails with the answer, and names the images that are here', async () => {
    const { containers, signal, subject } = fix();
    const reference = 'registry.invalid/qbo-contract/nothing:v1';
    const error = await failure(containers.images.pull(reference, () => undefined, signal));
    expect(error).toBeInstanceOf(ImageUnavailable);
    const { details } = error as ImageUnavailable;
    expect(details.image).toBe(reference);
    expect(details.answer).toMatch(/no such host|manifest unknown|dial tcp|connect/);
    expect(details.known).toContain(subject.plainImage);
  });
}
