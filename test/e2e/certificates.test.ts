import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findCondition } from '../../controllers/runtime/condition.ts';
import { run } from '../../hack/console/run.ts';
import { containersOf, execIn, nameOf } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { awaitPods, podManifest } from '../fixtures/operator/pods.ts';
import type { Workload } from '../fixtures/operator/workload.ts';

jest.setTimeout(300_000);

const KEY = inDefault('papers');
const DAY_MS = 86_400_000;
const CONFIG = '/etc/kubernetes/qbo/kubeadm.yaml';
const KUBELET = '/var/lib/kubelet/pki/kubelet-client-current.pem';
/** So long are the short ones valid: what still uses them when this is over fails. */
const SHORT_S = 45;

type Role = 'control-plane' | 'worker';

describe('certificates of a real cluster', () => {
  let installation: Installation;
  let workload: Workload;
  let shortOnesEndAt = Infinity;

  beforeAll(async () => {
    installation = await Installation.start();
    await installation.apply(clusterManifest(KEY.name, { image: installation.image, workers: 1 }));
    await installation.untilReady(KEY);
    workload = await installation.workload(KEY);
    await workload.apply(podManifest('guest'));
    await awaitPods(workload, 'guest');
  });

  afterAll(async () => installation?.remove());

  const nodeOf = async (role: Role) => {
    const [node] = await installation.nodesOf(KEY, role);
    if (node === undefined) throw new Error(`There is no Node that is a ${role}`);
    return node;
  };

  const inside = async (role: Role, ...argv: readonly string[]): Promise<string> => {
    const [container] = await containersOf(installation.instance, { 'qbo.io/role': role });
    if (container === undefined) throw new Error(`There is no container of a ${role}`);
    return (await execIn(nameOf(container), ...argv)).trim();
  };

  /** All that kubeadm renews, as if their time were nearly over. */
  const shorten = async (seconds: number): Promise<void> => {
    const edit = `s/^encryptionAlgorithm/certificateValidityPeriod: ${String(seconds)}s\\nencryptionAlgorithm/`;
    const script = `sed '${edit}' ${CONFIG} >/root/short.yaml && kubeadm certs renew all --config /root/short.yaml`;
    await inside('control-plane', 'sh', '-c', script);
  };

  /** The kubelet's certificate, as that of a node that was off for too long. */
  const endKubeletOf = async (role: Role): Promise<void> => {
    const hostname = (await nodeOf(role)).status?.hostname ?? '';
    const user = ['--client-name', `system:node:${hostname}`, '--org', 'system:nodes', '--validity-period', '1s'];
    const kubeconfig = await inside('control-plane', 'kubeadm', 'kubeconfig', 'user', '--config', CONFIG, ...user);
    const pem = ['certificate', 'key'].map((field) => {
      const data = new RegExp(`client-${field}-data: (\\S+)`).exec(kubeconfig)?.[1] ?? '';
      return Buffer.from(data, 'base64').toString();
    });
    const script = `printf %s "$0" >${KUBELET}.ended && ln -sf ${KUBELET}.ended ${KUBELET} && sleep 1 && systemctl restart kubelet`;
    await inside(role, 'sh', '-c', script, pem.join(''));
  };

  /** What the operator does when the end comes that it has noted, now. */
  const letTimeCome = async (role: Role): Promise<void> => {
    const { name } = (await nodeOf(role)).metadata;
    const patch = JSON.stringify({ status: { certificatesExpire: '2020-01-01T00:00:00Z' } });
    await installation.kubectl('patch', 'qn', name, '--subresource=status', '--type=merge', '--patch', patch);
    await installation.kubectl('annotate', 'qn', name, '--overwrite', `test.qbo.io/look=${String(Date.now())}`);
  };

  const untilRenewed = (role: Role): Promise<true> =>
    installation.until<true>(
      `the ${role} has certificates for a year`,
      async () => {
        const { status } = await nodeOf(role);
        const condition = findCondition(status?.conditions, 'CertificatesReady');
        if (condition?.status !== 'True') throw new Error(JSON.stringify(condition));
        return Date.parse(status?.certificatesExpire ?? '') - Date.now() > 300 * DAY_MS;
      },
      120_000,
    );

  /** When the certificate ends that the API server shows to whoever connects. */
  const servedUntil = async (): Promise<number> => {
    const host = (await installation.cluster(KEY))?.status?.address ?? '';
    const socket = connect({ host, port: 6443, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { valid_to } = socket.getPeerCertificate();
    socket.destroy();
    return Date.parse(valid_to);
  };

  const processes = async (): Promise<Record<string, string>> => {
    const names = ['etcd', 'kube-apiserver', 'kube-controller', 'kube-scheduler'];
    const pids = await Promise.all(names.map((name) => inside('control-plane', 'pgrep', '-x', name)));
    return Object.fromEntries(names.map((name, index) => [name, pids[index] ?? '']));
  };

  const restartsOfPods = async (): Promise<string> => {
    const path = '{range .items[*]}{.metadata.name} {.status.containerStatuses[*].restartCount}{"\\n"}{end}';
    const listed = await workload.kubectl('get', 'pods', '-A', '-o', `jsonpath=${path}`);
    return listed.replaceAll(/^(etcd|kube-(apiserver|controller-manager|scheduler))-.*\n/gm, '').trim();
  };

  test('the end of the first is known from the beginning', async () => {
    const cluster = await installation.cluster(KEY);
    expect(findCondition(cluster?.status?.conditions, 'CertificatesReady')?.status).toBe('True');
    const ends = await Promise.all([nodeOf('control-plane'), nodeOf('worker')]);
    const first = ends.map(({ status }) => status?.certificatesExpire ?? '').sort()[0];
    expect(cluster?.status?.certificatesExpire).toBe(first);
    expect(Date.parse(first ?? '') - Date.now()).toBeGreaterThan(300 * DAY_MS);
  });

  test('that end soon are renewed and served, without an interruption', async () => {
    const [before, restarts] = [await processes(), await restartsOfPods()];
    await shorten(SHORT_S);
    shortOnesEndAt = Date.now() + SHORT_S * 1000;
    await installation.until('the short ones are served', async () => (await servedUntil()) <= shortOnesEndAt + 1000);
    await letTimeCome('control-plane');
    await installation.untilCondition(() => installation.cluster(KEY), {
      type: 'CertificatesReady',
      status: 'False',
      reason: 'RenewingCertificates',
    });
    await untilRenewed('control-plane');
    await installation.until(
      'the renewed ones are served',
      async () => (await servedUntil()) - Date.now() > 300 * DAY_MS,
    );
    const after = await processes();
    // These take new certificates as they are; the others have read theirs at their start.
    expect([after['etcd'], after['kube-apiserver']]).toEqual([before['etcd'], before['kube-apiserver']]);
    expect(after['kube-controller']).not.toBe(before['kube-controller']);
    expect(after['kube-scheduler']).not.toBe(before['kube-scheduler']);
    expect(await restartsOfPods()).toBe(restarts);
  });

  test('take the kubeconfig in the Secret with them, and both are told', async () => {
    await installation.until('the Secret has the new one', async () => {
      workload = await installation.workload(KEY);
      const user = await workload.kubectl('config', 'view', '--raw', '-o', 'jsonpath={.users[0].user}');
      return user.includes(
        await inside(
          'control-plane',
          'sh',
          '-c',
          'sed -n "s/.*certificate-data: //p" /etc/kubernetes/admin.conf | tail -1',
        ),
      );
    });
    await workload.kubectl('get', 'nodes');
    const events = await installation.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
    for (const reason of ['RenewingCertificates', 'CertificatesRenewed', 'KubeconfigRenewed'])
      expect(events).toContain(reason);
  });

  test('of a worker whose kubelet was away for too long are made anew, and its pods run on', async () => {
    await endKubeletOf('worker');
    expect(await inside('worker', 'sh', '-c', 'sleep 2; pidof kubelet || echo gone')).toBe('gone');
    await letTimeCome('worker');
    await untilRenewed('worker');
    await installation.untilReady(KEY);
    const path = 'jsonpath={.status.containerStatuses[0].restartCount}';
    expect(await workload.kubectl('get', 'pod', 'guest', '-o', path)).toBe('0');
    expect(
      await inside(
        'worker',
        'sh',
        '-c',
        'ls /etc/kubernetes/*bootstrap* /etc/kubernetes/qbo/*bootstrap-k* 2>/dev/null | cat',
      ),
    ).toBe('');
  });

  test('that nobody uses any more have ended meanwhile, and everything works', async () => {
    await installation.until(
      'they have ended',
      async () => Promise.resolve(Date.now() > shortOnesEndAt + 2_000),
      90_000,
    );
    await workload.apply(podManifest('late'));
    await awaitPods(workload, 'late');
    // Scheduled and started by now; a log comes by way of the certificate that kubelets know the API server by.
    await installation.until('the kubelet gives a log', async () => (await workload.kubectl('logs', 'late')) === '');
    await workload.kubectl('exec', 'late', '--', 'true');
  });

  test('of a control plane that was off until all of them had ended are renewed when it is started', async () => {
    await installation.operator.kill();
    await endKubeletOf('control-plane');
    // It was renewed a minute ago, and what does not help is not repeated at once: that was long ago.
    await inside(
      'control-plane',
      'rm',
      '/etc/kubernetes/qbo/certificates-begun',
      '/etc/kubernetes/qbo/certificates-done',
    );
    await shorten(1);
    const [container] = await containersOf(installation.instance, { 'qbo.io/role': 'control-plane' });
    await run(['docker', 'stop', '--time', '5', container?.Id ?? '']);
    await letTimeCome('control-plane');
    await installation.operator.start();
    await untilRenewed('control-plane');
    await installation.untilReady(KEY);
    workload = await installation.workload(KEY);
    await workload.apply(podManifest('later'));
    await awaitPods(workload, 'guest', 'later');
  });
});
