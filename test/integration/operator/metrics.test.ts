import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { ServiceAccountType } from '../../../controllers/kube/kinds.ts';
import { ensurePromtool } from '../../../hack/promtool/ensure-promtool.ts';
import { run } from '../../../hack/console/run.ts';
import { freePorts } from '../../fixtures/api-server/ports.ts';
import { eventually } from '../../fixtures/operator/eventually.ts';
import { MemoryInstallation } from '../../fixtures/operator/memory-installation.ts';
import { OperatorProcess } from '../../fixtures/operator/operator-process.ts';
import { OPERATOR_ACCOUNT } from '../../fixtures/operator/rights.ts';
import { dashboardQueries, metricsOf, ruleQueries, seriesNames } from '../monitoring/queries.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();

let installation: MemoryInstallation;
let folder: string;
let operator: OperatorProcess;
let port: number;

/** The operator as it ships, with the rights of its account, on an engine that does not answer: metrics are read then too. */
beforeAll(async () => {
  installation = await MemoryInstallation.start();
  folder = await mkdtemp(join(tmpdir(), 'qbo-metrics-'));
  const account = `system:serviceaccount:${OPERATOR_ACCOUNT.namespace}:${OPERATOR_ACCOUNT.name}`;
  await writeFile(join(folder, 'kubeconfig'), installation.server.kubeconfigOf(account), { mode: 0o600 });
  [port = 0] = await freePorts(1);
  operator = new OperatorProcess({
    environment: {
      KUBECONFIG: join(folder, 'kubeconfig'),
      QBO_ENGINE_SOCKET: join(folder, 'no-engine.sock'),
      QBO_HEALTH_PORT: String(port),
    },
    logFile: join(folder, 'log'),
  });
  await operator.start();
  await eventually('the operator is ready', async () => (await ask('/readyz')).ok, { timeoutMs: 60_000 });
  for (const name of ['prometheus', 'nosy']) {
    const { apiVersion, kind } = ServiceAccountType;
    await installation.kube.create(
      ServiceAccountType,
      { apiVersion, kind, metadata: { name, namespace: 'default' } },
      signal,
    );
  }
  await installation.kubectl(
    'create',
    'clusterrolebinding',
    'scraper',
    '--clusterrole=qbo-metrics-reader',
    '--serviceaccount=default:prometheus',
  );
});

afterAll(async () => {
  await operator?.stop();
  await installation?.remove();
  await rm(folder, { recursive: true, force: true });
});

const ask = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(port)}${path}`, { headers });

/** With a real token of a service account, as a pod has it. */
async function askAs(name: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const token = (await installation.kubectl('create', 'token', name)).trim();
  return ask('/metrics', { ...headers, authorization: `Bearer ${token}` });
}

test('a service account that is bound to qbo-metrics-reader reads the metrics', async () => {
  const answer = await askAs('prometheus');
  expect(answer.status).toBe(200);
  expect(await answer.text()).toMatch(/^reflector_synced\{name="clusters"\} 1$/m);
});

test('one that is not is told which right it lacks', async () => {
  const answer = await askAs('nosy');
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain('system:serviceaccount:default:nosy may not get /metrics');
});

test('who brings no token, or an invented one, gets nothing; a kubelet’s probes need none', async () => {
  const invented = await ask('/metrics', { authorization: 'Bearer invented' });
  const codes = [(await ask('/metrics')).status, invented.status];
  expect(codes).toEqual([401, 401]);
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(200);
});

test('Prometheus’ own parser reads both formats', async () => {
  const promtool = await ensurePromtool();
  const plain = await (await askAs('prometheus')).text();
  await run([promtool, 'check', 'metrics', '--extended'], { input: plain }).catch((error: unknown) => {
    // Exit code 3 is a matter of taste: names that Node.js' own metrics have.
    if ((error as { exitCode?: number }).exitCode !== 3) throw error;
  });

  const answer = await askAs('prometheus', { accept: 'application/openmetrics-text; version=1.0.0' });
  expect(answer.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  const open = await answer.text();
  // The one command of promtool that reads OpenMetrics wants to know when each sample was taken.
  const dated = open.replaceAll(/^([^#\n].*)$/gm, '$1 1790000000');
  await writeFile(join(folder, 'metrics.txt'), dated);
  const blocks = [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    join(folder, 'metrics.txt'),
    join(folder, 'data'),
  ] as const;
  const { stdout } = await run([promtool, ...blocks]);
  expect(stdout).toMatch(/BLOCK ULID/);
});

test('the dashboard and the alerts ask for metrics that there are', async () => {
  const there = seriesNames(await (await askAs('prometheus')).text());
  const missing = [...(await dashboardQueries()), ...(await ruleQueries())].flatMap(({ where, expression }) =>
    metricsOf(expression)
      .filter((name) => !there.has(name))
      .map((name) => `${where}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('Prometheus understands every query of the dashboard', async () => {
  const promtool = await ensurePromtool();
  const queries = await dashboardQueries();
  expect(queries.length).toBeGreaterThan(20);
  const rules = queries.map(({ expression }, index) => ({ record: `query:${String(index)}`, expr: expression }));
  await writeFile(join(folder, 'queries.yaml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { stdout } = await run([promtool, 'check', 'rules', join(folder, 'queries.yaml')]);
  expect(stdout).toContain(`SUCCESS: ${String(queries.length)} rules found`);
});

test('what is installed for monitoring is what a Prometheus operator and a Grafana take', async () => {
  const built = await installation.kubectl('kustomize', join(import.meta.dirname, '../../../manifests/monitoring'));
  const objects = parseAllDocuments(built).map((document) => document.toJS() as { kind: string });
  expect(objects.map(({ kind }) => kind).sort()).toEqual([
    'ClusterRoleBinding',
    'ConfigMap',
    'PrometheusRule',
    'Secret',
    'ServiceAccount',
    'ServiceMonitor',
  ]);
});

test('what is installed has the role that is named to who is refused', async () => {
  const installed = await installation.kubectl('kustomize', join(import.meta.dirname, '../../../manifests/install'));
  const roles = parseAllDocuments(installed).map((document) => document.toJS() as { metadata: { name: string } });
  expect(roles).toContainEqual(
    expect.objectContaining({
      kind: 'ClusterRole',
      metadata: expect.objectContaining({ name: 'qbo-metrics-reader' }),
      rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
    }),
  );
});
