import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import { Label } from '../../../crds/names.ts';
import type { ContainerSpec } from '../containers.ts';
import { limitOptions } from './limits.ts';

/** Facts about the host and the network that a node container's options need besides its spec. */
export interface NodeSurroundings {
  readonly networkName: string;
  /** Whether the host has /lib/modules: kubeadm and kube-proxy look into it. */
  readonly kernelModules: boolean;
}

const KERNEL_MODULES = '/lib/modules';

/**
 * How a kind node image wants to be run: as a machine of its own, with its own init, cgroups and devices (so /dev/fuse too,
 * where the host has it). Its stop signal is the image's.
 */
export function nodeContainerOptions(spec: ContainerSpec, around: NodeSurroundings): ContainerCreateOptions {
  const labels = { ...spec.labels, [Label.id]: spec.owner };
  const ports = spec.publishOnLoopback.map((port) => `${String(port)}/tcp`);
  return {
    name: spec.name,
    Hostname: spec.hostname,
    Image: spec.image,
    Labels: labels,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    // systemd writes its log to a console; without one it is lost.
    Tty: true,
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    HostConfig: {
      Privileged: true,
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
      UsernsMode: 'host', // a privileged container may not have a user namespace of its own
      CgroupnsMode: 'private',
      Init: false, // the image's own init must be process 1
      Tmpfs: { '/tmp': '', '/run': '' },
      Mounts: mounts(spec, labels, around),
      // Nodes come back with the host or the engine, before the operator does.
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      ...limitOptions(spec.resources ?? {}),
      // By name: a network that was made anew under its name is found again.
      NetworkMode: around.networkName,
      PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: '' }]])),
    } as NonNullable<ContainerCreateOptions['HostConfig']>,
    NetworkingConfig: {
      EndpointsConfig: {
        [around.networkName]:
          spec.network.address === undefined ? {} : { IPAMConfig: { IPv4Address: spec.network.address } },
      },
    },
  };
}

function mounts(
  spec: ContainerSpec,
  labels: Readonly<Record<string, string>>,
  around: NodeSurroundings,
): MountSettings[] {
  const bind = (Source: string, Target: string, ReadOnly: boolean): MountSettings => ({
    Type: 'bind',
    Source,
    Target,
    ReadOnly,
  });
  return [
    ...spec.volumes.map(
      ({ name, target }) =>
        ({
          Type: 'volume',
          Source: name,
          Target: target,
          // Labels for the case that the engine has to make it: a volume without would be nobody's.
          VolumeOptions: { Labels: labels },
        }) as unknown as MountSettings,
    ),
    ...spec.mounts.map(({ source, target, readOnly }) => bind(source, target, readOnly)),
    ...(around.kernelModules ? [bind(KERNEL_MODULES, KERNEL_MODULES, true)] : []),
  ];
}

/** The engine's answer when the host has no /lib/modules. */
export const NO_KERNEL_MODULES = /bind source path does not exist: \/lib\/modules$/;
