import { expect, test } from '@jest/globals';
import type { ContainerSpec } from '../containers.ts';
import { NO_KERNEL_MODULES, nodeContainerOptions } from './node-container.ts';

const spec: ContainerSpec = {
  owner: 'uid-1',
  name: 'dev-control-1',
  hostname: 'control-1.localhost',
  image: 'kindest/node:v1.35.4',
  labels: { 'qbo.io/instance': 'qbo', 'qbo.io/id': 'not this one' },
  network: { id: 'n1', address: '172.18.0.3' },
  volumes: [{ name: 'dev-var', target: '/var' }],
  mounts: [{ source: '/opt', target: '/host/opt', readOnly: true }],
  publishOnLoopback: [6443],
  environment: { A: 'b=c' },
};
const options = nodeContainerOptions(spec, { networkName: 'dev', kernelModules: true });

test('a node is a machine of its own, as kind makes it', () => {
  expect(options).toMatchObject({
    name: 'dev-control-1',
    Hostname: 'control-1.localhost',
    Image: 'kindest/node:v1.35.4',
    Env: ['A=b=c'],
    Tty: true,
    HostConfig: {
      Privileged: true,
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      CgroupnsMode: 'private',
      Init: false,
      Tmpfs: { '/tmp': '', '/run': '' },
      RestartPolicy: { Name: 'unless-stopped' },
    },
  });
  expect(options).not.toHaveProperty('StopSignal');
  expect(options).not.toHaveProperty('Volumes');
});

test('its owner is the one that the spec says, whatever its labels say', () => {
  expect(options.Labels).toEqual({ 'qbo.io/instance': 'qbo', 'qbo.io/id': 'uid-1' });
});

test('its ports are published on the loopback address alone', () => {
  expect(options.ExposedPorts).toEqual({ '6443/tcp': {} });
  expect(options.HostConfig?.PortBindings).toEqual({ '6443/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] });
});

test('its address is fixed in its network', () => {
  expect(options.HostConfig?.NetworkMode).toBe('dev');
  expect(options.NetworkingConfig?.EndpointsConfig).toEqual({ dev: { IPAMConfig: { IPv4Address: '172.18.0.3' } } });
});

test("its mounts are the named volumes, what the spec asks for, and the kernel's modules where there are any", () => {
  const own = [
    { Type: 'volume', Source: 'dev-var', Target: '/var', VolumeOptions: { Labels: options.Labels } },
    { Type: 'bind', Source: '/opt', Target: '/host/opt', ReadOnly: true },
  ];
  const modules = { Type: 'bind', Source: '/lib/modules', Target: '/lib/modules', ReadOnly: true };
  expect(options.HostConfig?.Mounts).toEqual([...own, modules]);
  expect(nodeContainerOptions(spec, { networkName: 'dev', kernelModules: false }).HostConfig?.Mounts).toEqual(own);
});

test("only the answer about the kernel's modules is taken for one", () => {
  const answer = (path: string): string =>
    `invalid mount config for type "bind": bind source path does not exist: ${path}`;
  expect(answer('/lib/modules')).toMatch(NO_KERNEL_MODULES);
  expect(answer('/lib/modules-extra')).not.toMatch(NO_KERNEL_MODULES);
  expect(answer('/opt')).not.toMatch(NO_KERNEL_MODULES);
});
