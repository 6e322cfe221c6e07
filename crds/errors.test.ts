import { describe, expect, test } from '@jest/globals';
import * as errors from './errors.ts';
import type { AnyError, ErrorCode } from './errors.ts';

/** One example of each, and the words in it that name the object and that say what to do next. */
const examples: Record<ErrorCode, { error: AnyError; object: string; nextStep: RegExp }> = {
  InvalidSpec: {
    error: new errors.InvalidSpec({ kind: 'Cluster', name: 'dev', field: 'spec.workers', why: '-1 is less than 0' }),
    object: 'Cluster dev',
    nextStep: /Correct spec\.workers/,
  },
  SubnetOverlap: {
    error: new errors.SubnetOverlap({
      cluster: 'dev',
      wanted: '172.18.0.0/24',
      taken: { by: 'docker network "office-vpn"', subnet: '172.18.0.0/16' },
    }),
    object: 'Cluster dev',
    nextStep: /Choose another spec\.networking\.subnet/,
  },
  SubnetPoolExhausted: {
    error: new errors.SubnetPoolExhausted({ cluster: 'dev', pools: ['172.18.0.0/16'], used: 256 }),
    object: 'Cluster dev',
    nextStep: /Delete a cluster/,
  },
  ImageUnavailable: {
    error: new errors.ImageUnavailable({
      image: 'kindest/node:v9',
      answer: 'manifest for kindest/node:v9 not found',
      known: ['kindest/node:v1.35.4'],
    }),
    object: 'Image kindest/node:v9',
    nextStep: /take one that is here: kindest\/node:v1\.35\.4/,
  },
  NotANodeImage: {
    error: new errors.NotANodeImage({ image: 'busybox', why: 'it has no /kind/version' }),
    object: 'Image busybox',
    nextStep: /Take an image that is made for kind/,
  },
  EngineUnavailable: {
    error: new errors.EngineUnavailable({ endpoint: 'unix:///var/run/docker.sock', why: 'connect ECONNREFUSED' }),
    object: 'unix:///var/run/docker.sock',
    nextStep: /Start it/,
  },
  EngineTooOld: {
    error: new errors.EngineTooOld({ endpoint: 'unix:///var/run/docker.sock', version: '1.24', needed: '1.41' }),
    object: 'unix:///var/run/docker.sock',
    nextStep: /Upgrade Docker/,
  },
  DataplaneUnavailable: {
    error: new errors.DataplaneUnavailable({ why: 'nft: Operation not permitted' }),
    object: "The host's load balancing rules",
    nextStep: /docker logs/,
  },
  OutOfSpace: {
    error: new errors.OutOfSpace({ what: 'image kindest/node:v1.35.4', answer: 'no space left on device' }),
    object: 'image kindest/node:v1.35.4',
    nextStep: /free disk space/,
  },
  AddressTaken: {
    error: new errors.AddressTaken({ address: '172.18.0.3', network: 'qbo-dev', by: 'container "web"' }),
    object: 'Address 172.18.0.3',
    nextStep: /Disconnect or remove/,
  },
  NameTaken: {
    error: new errors.NameTaken({ what: 'container', name: 'node-1.localhost', by: 'container 0123456789ab' }),
    object: 'node-1.localhost',
    nextStep: /Remove or rename it/,
  },
  SubnetTaken: {
    error: new errors.SubnetTaken({ network: 'qbo-dev', subnet: '172.18.0.0/24', by: 'Docker network office-vpn' }),
    object: 'Docker network qbo-dev',
    nextStep: /choose another subnet/,
  },
  NetworkInUse: {
    error: new errors.NetworkInUse({ network: 'qbo-dev', by: ['web', 'db'] }),
    object: 'Docker network qbo-dev',
    nextStep: /Disconnect or remove them/,
  },
  NetworkMissing: {
    error: new errors.NetworkMissing({ network: 'qbo-dev', container: 'node-1' }),
    object: 'Docker network qbo-dev',
    nextStep: /made anew/,
  },
  ForeignNetworkMissing: {
    error: new errors.ForeignNetworkMissing({ cluster: 'old', network: 'kind' }),
    object: 'Docker network kind',
    nextStep: /docker network create kind/,
  },
  VolumeHeld: {
    error: new errors.VolumeHeld({ node: 'node-1', volume: 'node-1-var', by: 'copy' }),
    object: 'node-1',
    nextStep: /stop or remove copy/,
  },
  VolumeInUse: {
    error: new errors.VolumeInUse({ volume: 'node-1-var', answer: 'volume is in use - [0123456789ab]' }),
    object: 'Docker volume node-1-var',
    nextStep: /Remove that container/,
  },
  ContainerNotRunning: {
    error: new errors.ContainerNotRunning({ container: 'node-1', state: 'exited with code 137' }),
    object: 'Container node-1',
    nextStep: /docker logs node-1/,
  },
  UnitRefused: {
    error: new errors.UnitRefused({ unit: 'kubeadm-init', container: 'node-1', answer: 'Transaction is destructive.' }),
    object: 'unit kubeadm-init',
    nextStep: /docker exec node-1 systemctl status/,
  },
  InotifyTooLow: {
    error: new errors.InotifyTooLow({ name: 'fs.inotify.max_user_instances', value: 128, needed: 512 }),
    object: 'fs.inotify.max_user_instances',
    nextStep: /sudo sysctl -w fs\.inotify\.max_user_instances=512/,
  },
  ResourcesExceedHost: {
    error: new errors.ResourcesExceedHost({ what: 'Node node-1', resource: 'cpu', wanted: '9', has: '2' }),
    object: 'Node node-1',
    nextStep: /Ask for no more in spec\.resources\.cpu/,
  },
  MemoryInUse: {
    error: new errors.MemoryInUse({ container: 'node-1', wanted: '1Gi', answer: 'it uses 1500Mi' }),
    object: 'Container node-1',
    nextStep: /Move pods off the node/,
  },
  BootstrapFailed: {
    error: new errors.BootstrapFailed({ node: 'control-1', step: 'kubeadm init', tail: 'error: no room\n' }),
    object: 'Node control-1',
    nextStep: /journalctl -u kubelet/,
  },
  JoinFailed: {
    error: new errors.JoinFailed({ node: 'node-1', cluster: 'dev', tail: 'error: token expired' }),
    object: 'Node node-1',
    nextStep: /kubectl get cluster dev/,
  },
  DuplicateContainer: {
    error: new errors.DuplicateContainer({ node: 'node-1', names: ['a', 'b'] }),
    object: 'Node node-1',
    nextStep: /Remove all but one/,
  },
  ClusterNotFound: {
    error: new errors.ClusterNotFound({ node: 'node-1', cluster: 'dev' }),
    object: 'Node node-1',
    nextStep: /Create the Cluster/,
  },
  LastControlPlane: {
    error: new errors.LastControlPlane({ node: 'control-1', cluster: 'dev' }),
    object: 'Node control-1',
    nextStep: /kubectl delete cluster dev/,
  },
  ControlPlaneLost: {
    error: new errors.ControlPlaneLost({ node: 'old-control-plane', cluster: 'old' }),
    object: 'control plane old-control-plane',
    nextStep: /kubectl delete cluster old/,
  },
  NotAdoptable: {
    error: new errors.NotAdoptable({ cluster: 'new', kind: 'old', why: ['it has 3 control planes'] }),
    object: 'Cluster new',
    nextStep: /Correct that, or remove the annotation/,
  },
  CertificateRenewalFailed: {
    error: new errors.CertificateRenewalFailed({
      node: 'control-1',
      certificate: '/etc/kubernetes/pki/apiserver.crt ends at 2027-01-01T00:00:00Z',
      tail: 'no such file',
    }),
    object: 'Node control-1',
    nextStep: /try by hand/,
  },
  CertificateAuthorityEnds: {
    error: new errors.CertificateAuthorityEnds({
      node: 'control-1',
      authority: '/etc/kubernetes/pki/ca.crt',
      at: '2036-01-01T00:00:00Z',
    }),
    object: 'Node control-1',
    nextStep: /move what runs there to another cluster/,
  },
  ClusterUnreachable: {
    error: new errors.ClusterUnreachable({ cluster: 'dev', endpoint: 'https://172.18.0.3:6443', why: 'timed out' }),
    object: 'cluster dev',
    nextStep: /kubectl get qn/,
  },
  NamespaceTaken: {
    error: new errors.NamespaceTaken({ user: 'alice', namespace: 'team-a', by: 'it belongs to User bob' }),
    object: 'User alice',
    nextStep: /kubectl label namespace team-a qbo\.io\/user=alice/,
  },
  AccountExpired: {
    error: new errors.AccountExpired({ user: 'alice', since: '2026-01-02T03:04:05Z', next: 4 }),
    object: 'User alice',
    nextStep: /kubectl patch user alice .*"rotation":4/,
  },
  AddressPoolOverlap: {
    error: new errors.AddressPoolOverlap({ pool: 'lan', range: '10.0.0.0/28', by: 'AddressPool old' }),
    object: 'AddressPool lan',
    nextStep: /until its spec\.addresses are others/,
  },
  AddressPoolInvalid: {
    error: new errors.AddressPoolInvalid({ pool: 'lan', range: '10.0.0.9-10.0.0.1' }),
    object: 'AddressPool lan',
    nextStep: /Correct spec\.addresses/,
  },
  AddressPoolHasNoNetwork: {
    error: new errors.AddressPoolHasNoNetwork({ pool: 'default', pools: ['172.31.0.0/16'] }),
    object: 'AddressPool default',
    nextStep: /name addresses in spec\.addresses/,
  },
  AddressPoolMissing: {
    error: new errors.AddressPoolMissing({ loadBalancer: 'web', namespace: 'default', pool: 'lan' }),
    object: 'LoadBalancer web',
    nextStep: /kubectl get addresspools/,
  },
  AddressPoolExhausted: {
    error: new errors.AddressPoolExhausted({ loadBalancer: 'web', pools: ['lan'], family: 4 }),
    object: 'LoadBalancer web',
    nextStep: /add addresses to the pool/,
  },
  AddressOutsidePools: {
    error: new errors.AddressOutsidePools({ loadBalancer: 'web', address: '10.0.0.1', namespace: 'default' }),
    object: 'LoadBalancer web',
    nextStep: /spec\.address/,
  },
  AddressHeld: {
    error: new errors.AddressHeld({ loadBalancer: 'web', address: '10.0.0.1', by: 'container db' }),
    object: 'LoadBalancer web',
    nextStep: /spec\.address/,
  },
  AddressRefused: {
    error: new errors.AddressRefused({ loadBalancer: 'web', address: '10.0.0.1', why: 'There is no interface eth9' }),
    object: 'LoadBalancer web',
    nextStep: /Correct the AddressPool/,
  },
  PortTaken: {
    error: new errors.PortTaken({
      loadBalancer: 'web',
      ports: 'TCP 80',
      address: '10.0.0.1',
      by: 'LoadBalancer default/old',
    }),
    object: 'LoadBalancer web',
    nextStep: /[Cc]hoose others/,
  },
  TooManyPorts: {
    error: new errors.TooManyPorts({ loadBalancer: 'web', ports: 2000, most: 1000 }),
    object: 'LoadBalancer web',
    nextStep: /Ask for fewer/,
  },
  RuleRefused: {
    error: new errors.RuleRefused({ loadBalancer: 'web', rule: 'TCP 10.0.0.1:80', why: 'no scheduler dh' }),
    object: 'LoadBalancer web',
    nextStep: /Correct its spec/,
  },
};

describe.each(Object.entries(examples))('%s', (code, { error, object, nextStep }) => {
  test('has an example made by the class that the catalogue has under this code', () => {
    expect(error).toBeInstanceOf(errors.catalogue[code as ErrorCode]);
    expect(error).toBeInstanceOf(errors.QboError);
    expect([error.code, error.reason, error.name]).toEqual([code, code, code]);
  });

  test('names the object', () => {
    expect(error.message).toContain(object);
  });

  test('says what to do next', () => {
    expect(error.message).toMatch(nextStep);
  });

  test('has a reason that a condition accepts', () => {
    expect(error.reason).toMatch(/^[A-Z][A-Za-z]+$/);
  });

  test('carries every detail that it was given', () => {
    const leaves = (value: unknown): string[] =>
      typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [String(value).trim()];
    for (const text of leaves(error.details)) expect(error.message).toContain(text);
  });
});

test('every error that is not for the reader to mend says that it is tried again', () => {
  const silent = Object.values(examples)
    .map(({ error }) => error)
    .filter(({ retryable, message }) => retryable && !/tried again|by itself|Delete a cluster|Run: /.test(message));
  expect(silent.map(({ code }) => code)).toEqual([]);
});

test('a quoted answer ends with one full stop', () => {
  const { message } = new errors.NotANodeImage({ image: 'busybox', why: 'it has no entry point. \n' });
  expect(message).toContain('it has no entry point. Take');
});

test('an error keeps what caused it', () => {
  const cause = new Error('connect ECONNREFUSED');
  expect(new errors.EngineUnavailable({ endpoint: 'unix:///x', why: cause.message }, cause).cause).toBe(cause);
});

test('an address whose holder is not known is told without one', () => {
  const { message } = new errors.AddressTaken({ address: '172.18.0.3', network: 'qbo-dev' });
  expect(message).toContain('is in use. Disconnect');
});
