import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { IMAGE_REFERENCES } from './images.ts';
import { layerPlace, nodeEntries, renderTemplate } from './node-files.ts';

const LAYER = `sha256:${'0123456789abcdef'.repeat(4)}`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly data?: Readonly<Record<string, string>>;
}

async function manifest(name: string): Promise<{ text: string; objects: readonly Manifest[] }> {
  const path = join(import.meta.dirname, 'root/kind/manifests', name);
  const text = renderTemplate(await readFile(path, 'utf8'));
  return { text, objects: parseAllDocuments(text).map((document) => document.toJS() as Manifest) };
}

const imagesOf = (objects: readonly Manifest[]): readonly string[] =>
  objects.flatMap(({ spec }) => spec?.template?.spec.containers.map(({ image }) => image) ?? []);

describe('the files of a node', () => {
  test('have no placeholder left', async () => {
    const texts = (await nodeEntries(LAYER, 'hash')).flatMap((entry) => ('text' in entry ? [entry.text] : []));

    expect(texts.join('\n')).not.toMatch(/@[A-Z_]+@/);
  });

  test('include the entry point as a program', async () => {
    const entrypoint = (await nodeEntries(LAYER, 'hash')).find(({ path }) => path === '/usr/local/bin/entrypoint');

    expect(entrypoint?.mode).toBe(0o755);
  });

  test('run the kubelet from the layer that the control plane runs from', async () => {
    const kubelet = (await nodeEntries(LAYER, 'hash')).find(({ path }) => path === '/usr/bin/kubelet');

    expect(kubelet).toMatchObject({ linkTo: '/kind/store/layers/0123456789abcdef/usr/local/bin/kube' });
  });

  test('name a layer as the script that unpacks it does', async () => {
    const script = await readFile(join(import.meta.dirname, 'fill/fill.sh'), 'utf8');

    expect(layerPlace(LAYER)).toBe('0123456789abcdef');
    expect(script).toContain('place=kind/store/layers/${layer:7:16}');
  });
});

test('a placeholder without a value is refused by name', () => {
  expect(() => renderTemplate('image: @NO_SUCH@')).toThrow('@NO_SUCH@');
});

describe('the manifests', () => {
  test('of the pod network leave exactly the placeholder that the kind CLI fills, and ask it to', async () => {
    const { text } = await manifest('default-cni.yaml');

    expect(text.match(/{{[^}]*}}/g)).toEqual(['{{ .PodSubnet }}']);
    expect(text).toContain('would you kindly template this file');
  });

  test('run only images that the node carries', async () => {
    const carried = new Set(Object.values(IMAGE_REFERENCES).flat());
    const network = imagesOf((await manifest('default-cni.yaml')).objects);
    const { objects } = await manifest('default-storage.yaml');
    const helper = objects.find(({ kind }) => kind === 'ConfigMap')?.data?.['helperPod.yaml'] ?? '';

    const used = [...network, ...imagesOf(objects), /image: (\S+)/.exec(helper)?.[1] ?? 'none'];

    expect(used).toHaveLength(3);
    expect(used.filter((image) => !carried.has(image))).toEqual([]);
  });

  test('of storage make the class that is used when a claim names none', async () => {
    const { objects } = await manifest('default-storage.yaml');

    expect(objects.find(({ kind }) => kind === 'StorageClass')).toMatchObject({
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
    });
  });
});
