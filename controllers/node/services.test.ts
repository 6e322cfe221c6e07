import { expect, test } from '@jest/globals';
import { parseServices } from './services.ts';

const shown = (name: string, properties: Record<string, string>): string =>
  Object.entries({ Id: `${name}.service`, LoadState: 'loaded', Result: 'success', Job: '', ...properties })
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');

test('what runs is up, with the moment since when', () => {
  const text = shown('kubelet', { ActiveState: 'active', ActiveEnterTimestamp: 'Sat 2026-11-21 10:22:33 UTC' });
  const since = Date.UTC(2026, 10, 21, 10, 22, 33);
  expect(parseServices(text)).toEqual([{ name: 'kubelet', isDown: false, state: 'active', since }]);
});

test.each([
  ['inactive', { ActiveState: 'inactive' }, 'inactive'],
  ['failed', { ActiveState: 'failed', Result: 'exit-code' }, 'failed: exit-code'],
])('what is %s is down, in systemd’s words', (_, properties, state) => {
  expect(parseServices(shown('containerd', properties))).toMatchObject([{ isDown: true, state, since: undefined }]);
});

test.each([
  ['is started again by systemd itself', { ActiveState: 'activating' }],
  ['waits for its turn while the node boots', { ActiveState: 'inactive', Job: '37' }],
])('what %s is not down', (_, properties) => {
  expect(parseServices(shown('kubelet', properties))).toMatchObject([{ isDown: false }]);
});

test('several are told apart, and units that the node does not have are left out', () => {
  const text = [
    shown('containerd', { ActiveState: 'inactive' }),
    shown('kubelet', { ActiveState: 'active' }),
    shown('kubelet', { LoadState: 'not-found', ActiveState: 'inactive' }),
  ].join('\n\n');
  expect(parseServices(`${text}\n`).map(({ name, isDown }) => [name, isDown])).toEqual([
    ['containerd', true],
    ['kubelet', false],
  ]);
});

test('a systemd that does not answer tells of no services', () => {
  expect(parseServices('Failed to connect to bus: No such file or directory\n')).toEqual([]);
});
