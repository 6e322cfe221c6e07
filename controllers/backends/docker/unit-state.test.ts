import { expect, test } from '@jest/globals';
import { parseUnitState } from './unit-state.ts';

const shown = (properties: Record<string, string>): string =>
  Object.entries({
    LoadState: 'loaded',
    Result: 'success',
    Job: '0',
    ExecMainCode: '1',
    ExecMainStatus: '0',
    ...properties,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

test.each([
  ['never heard of', { LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead' }, { state: 'absent' }],
  ['queued behind the boot', { ActiveState: 'inactive', SubState: 'dead', Job: '42' }, { state: 'running' }],
  ['stopped', { ActiveState: 'inactive', SubState: 'dead' }, { state: 'absent' }],
  ['at work', { ActiveState: 'activating', SubState: 'start', Job: '42' }, { state: 'running' }],
  ['ended well', { ActiveState: 'active', SubState: 'exited' }, { state: 'succeeded' }],
  [
    'ended with 7',
    { ActiveState: 'failed', Result: 'exit-code', ExecMainStatus: '7' },
    { state: 'failed', exitCode: 7 },
  ],
  [
    'killed',
    { ActiveState: 'failed', Result: 'signal', ExecMainCode: '2', ExecMainStatus: '9' },
    { state: 'failed', exitCode: 137 },
  ],
  [
    'dumped its core',
    { ActiveState: 'failed', Result: 'core-dump', ExecMainCode: '3', ExecMainStatus: '6' },
    { state: 'failed', exitCode: 134 },
  ],
  [
    'failed without an exit of its own',
    { ActiveState: 'failed', Result: 'resources', ExecMainCode: '0' },
    { state: 'failed', exitCode: 1 },
  ],
])('a unit that is %s', (_, properties, state) => {
  expect(parseUnitState(shown(properties))).toEqual(state);
});

test('a systemd that does not answer knows of no unit', () => {
  expect(parseUnitState('System has not been booted with systemd as init system (PID 1). Can not operate.\n')).toEqual({
    state: 'absent',
  });
  expect(parseUnitState('')).toEqual({ state: 'absent' });
});
