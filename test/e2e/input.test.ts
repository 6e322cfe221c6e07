import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { run } from '../../hack/console/run.ts';
import { GONE_MS, Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';

jest.setTimeout(300_000);

describe('what can not be is refused at once, in plain words', () => {
  let installation: Installation;

  beforeAll(async () => {
    // Room for one cluster.
    installation = await Installation.start({ settings: { QBO_SUBNET_POOLS: '10.231.40.0/24' } });
  });

  afterAll(async () => installation?.remove());

  const apply = (name: string, spec: object): Promise<string> => installation.apply(clusterManifest(name, spec));

  const conditionOf = (name: string, reason: string, timeoutMs?: number) =>
    installation.untilCondition(() => installation.cluster(inDefault(name)), { type: 'Ready', reason }, timeoutMs);

  const remove = (name: string): Promise<string> =>
    installation.kubectl('delete', `cluster/${name}`, `--timeout=${String(GONE_MS / 1000)}s`);

  test.each([2, 3])('%d control planes', async (controlPlanes) => {
    await expect(apply('many', { controlPlanes })).rejects.toThrow('only 1 control plane is possible for now');
  });

  test('networks that overlap', async () => {
    const networking = { podCIDR: '10.96.0.0/16', serviceCIDR: '10.96.0.0/16' };
    await expect(apply('overlap', { networking })).rejects.toThrow(/overlap/);
  });

  test('a name that is no DNS label', async () => {
    await expect(apply('not.a.label', {})).rejects.toThrow(/not\.a\.label/);
  });

  test('an image that no registry gives, in the words of the registry; made anew with another it goes on', async () => {
    const image = 'registry.invalid/no/such-node:v1.35.4';
    await apply('typo', { image, workers: 0 });
    const ready = await conditionOf('typo', 'ImageUnavailable', 90_000);
    expect(ready.message).toMatch(
      /registry\.invalid\/no\/such-node:v1\.35\.4 is not on the engine and could not be pulled: \S+/,
    );
    expect(ready.message).toContain(installation.image);
    await remove('typo');
    await apply('typo', { image: installation.image, workers: 0 });
    const key = inDefault('typo');
    await installation.untilCondition(() => installation.cluster(key), { type: 'ImageReady', status: 'True' });
    await remove('typo');
  });

  test('an image that is none of a node', async () => {
    const image = `test.qbo.io/plain-${installation.instance}:v1`;
    // Nothing in it, and made without a build: what it starts is what matters.
    await run(['docker', 'import', '--change', 'ENTRYPOINT ["/bin/plain"]', '-', image], { input: Buffer.alloc(1024) });
    try {
      await apply('plain', { image, workers: 0 });
      const ready = await conditionOf('plain', 'NotANodeImage');
      expect(ready.message).toContain('it starts /bin/plain');
      await remove('plain');
    } finally {
      await run(['docker', 'image', 'rm', image]);
    }
  });

  test('a subnet that somebody has', async () => {
    const subnet = '10.231.41.0/24';
    const other = `${installation.instance}-other`;
    await run([
      'docker',
      'network',
      'create',
      '--label',
      `test.qbo.io/beside=${installation.instance}`,
      '--subnet',
      subnet,
      other,
    ]);
    await apply('taken', { image: installation.image, workers: 0, networking: { subnet } });
    const ready = await conditionOf('taken', 'SubnetOverlap');
    expect(ready.message).toContain(other);
    await remove('taken');
  });

  test('a second cluster where the pool has room for one, which goes on when the first is gone', async () => {
    await apply('first', { image: installation.image, workers: 0 });
    await installation.until('the first has its subnet', async () => {
      const network = await installation.network(inDefault('first'));
      return network?.status?.subnet === '10.231.40.0/24';
    });
    await apply('second', { image: installation.image, workers: 0 });
    const ready = await conditionOf('second', 'SubnetPoolExhausted');
    expect(ready.message).toContain('10.231.40.0/24');
    await remove('first');
    await installation.untilReady(inDefault('second'));
    await remove('second');
  });

  test('none of it leaves anything', async () => {
    expect(await installation.residue()).toEqual([]);
  });
});
