import { expect, test } from '@jest/globals';
import { systemdRunArguments } from './units.ts';

test('a unit stays known after it ended, appends its output, and takes its command literally', () => {
  const unit = { name: 'kubeadm-init', argv: ['sh', '-c', 'echo "$HOME $$"'], logFile: '/var/log/qbo/init.log' };
  expect(systemdRunArguments(unit)).toEqual([
    '--unit=kubeadm-init.service',
    '--no-block',
    '--property=Type=oneshot',
    '--property=RemainAfterExit=yes',
    '--property=StandardOutput=append:/var/log/qbo/init.log',
    '--property=StandardError=append:/var/log/qbo/init.log',
    '--',
    'sh',
    '-c',
    'echo "$$HOME $$$$"',
  ]);
});
