import { expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { discoveryKubeconfig, initConfig, joinConfig } from './kubeadm-config.ts';

const common = {
  version: 'v1.35.4',
  hostname: 'control-1234abcd.localhost',
  address: '172.18.4.3',
  cgroupVersion: 1,
} as const;
const init = { ...common, podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/16', takesPods: false };

const documents = (text: string): Map<string, Record<string, unknown>> =>
  new Map(
    parseAllDocuments(text).map((document) => {
      const object = document.toJS() as { kind: string };
      return [object.kind, object];
    }),
  );

test('the control plane is known by its full host name and its static address', () => {
  const config = documents(initConfig(init));
  expect(config.get('InitConfiguration')).toMatchObject({
    localAPIEndpoint: { advertiseAddress: '172.18.4.3', bindPort: 6443 },
    nodeRegistration: {
      name: 'control-1234abcd.localhost',
      kubeletExtraArgs: [{ name: 'node-ip', value: '172.18.4.3' }],
    },
  });
  expect(config.get('ClusterConfiguration')).toMatchObject({
    kubernetesVersion: 'v1.35.4',
    controlPlaneEndpoint: '172.18.4.3:6443',
    networking: { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
  });
});

test('the API server is trusted under its address, its host name, and the loopback names that kind uses', () => {
  const { apiServer } = documents(initConfig(init)).get('ClusterConfiguration') as {
    apiServer: { certSANs: string[] };
  };
  expect(apiServer.certSANs).toEqual(
    expect.arrayContaining(['172.18.4.3', 'control-1234abcd.localhost', 'localhost', '127.0.0.1']),
  );
});

test('a control plane takes pods only when there are no workers', () => {
  const taints = (takesPods: boolean) =>
    documents(initConfig({ ...init, takesPods })).get('InitConfiguration')?.['nodeRegistration'] as {
      taints: unknown[];
    };
  expect(taints(true).taints).toEqual([]);
  expect(taints(false).taints).toEqual([{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]);
});

test('the kubelet manages control groups the way the host has them', () => {
  const kubelet = (cgroupVersion: 1 | 2) =>
    documents(initConfig({ ...init, cgroupVersion })).get('KubeletConfiguration');
  expect(kubelet(1)).toMatchObject({ cgroupDriver: 'cgroupfs', failCgroupV1: false, cgroupRoot: '' });
  expect(kubelet(2)).toMatchObject({ cgroupDriver: 'systemd', cgroupRoot: '/kubelet' });
  expect(kubelet(2)).not.toHaveProperty('failCgroupV1');
});

test('a worker finds its cluster by file and proves itself by token', () => {
  const config = joinConfig(
    { ...common, hostname: 'node-1.localhost' },
    { file: '/d.conf', token: 'abcdef.0123456789abcdef' },
  );
  expect(documents(config).get('JoinConfiguration')).toMatchObject({
    nodeRegistration: { name: 'node-1.localhost' },
    discovery: { file: { kubeConfigPath: '/d.conf' }, tlsBootstrapToken: 'abcdef.0123456789abcdef' },
  });
});

test('the discovery file carries the authority and no credentials', () => {
  const config = parse(discoveryKubeconfig('https://172.18.4.3:6443', 'PEM')) as Record<string, unknown>;
  expect(config).not.toHaveProperty('users');
  expect(config['clusters']).toEqual([
    { name: '', cluster: { server: 'https://172.18.4.3:6443', 'certificate-authority-data': 'UEVN' } },
  ]);
});
