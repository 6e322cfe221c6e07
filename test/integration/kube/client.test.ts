import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { describeKubeClient, WidgetType, widgetDefinition } from '../../../controllers/kube/client.contract.ts';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { take } from '../../../controllers/kube/contract/subject.ts';
import { ConfigMapType, CustomResourceDefinitionType, NamespaceType } from '../../../controllers/kube/kinds.ts';
import { isTrue } from '../../../controllers/runtime/condition.ts';
import { serviceAccount, startApiServer, type ApiServer } from '../../fixtures/api-server/index.ts';

jest.setTimeout(120_000);

const { signal } = new AbortController();
const nobody = serviceAccount('default', 'nobody');
let server: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startApiServer({ users: [nobody] });
  client = server.client();
  await client.apply(CustomResourceDefinitionType, widgetDefinition, { fieldManager: 'test' }, signal);
  await until(async () => {
    const key = { namespace: '', name: widgetDefinition.metadata.name };
    const definition = await client.get(CustomResourceDefinitionType, key, signal);
    if (!isTrue(definition?.status?.conditions as never, 'Established')) throw new Error('not established');
    await client.list(WidgetType, {}, signal);
  });
});

afterAll(async () => {
  // There is none when it could not be started.
  await (server as ApiServer | undefined)?.stop();
});

describeKubeClient('apiServerClient', async () => {
  const namespace = await newNamespace();
  return { client, namespace, expireHistory: () => undefined };
});

describe('a real API server', () => {
  test('that refuses a user says who may not do what', async () => {
    const refused = server.client(nobody.name);
    await expect(refused.list(ConfigMapType, { namespace: 'default' }, signal)).rejects.toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: expect.stringContaining(`User "${nobody.name}" cannot list resource "configmaps"`),
    });
  });

  test('breaks watches when it is killed, is Unreachable meanwhile, and is asked again afterwards', async () => {
    const namespace = await newNamespace();
    const { resourceVersion } = await client.list(ConfigMapType, { namespace }, signal);
    const broken = take(client.watch(ConfigMapType, { namespace, resourceVersion }, signal), Infinity).then(
      () => 'ended',
      (error: unknown) => (error as Error).name,
    );
    // The watch must be open before the server goes.
    await delay(300);
    const restarted = server.restart();
    await expect(broken).resolves.toMatch(/^(ended|KubeUnreachable)$/);
    await expect(client.raw('/readyz', signal)).rejects.toMatchObject({
      name: 'KubeUnreachable',
      message: expect.stringContaining(server.url),
    });
    await restarted;
    expect(await client.raw('/readyz', signal)).toBe('ok');
  });
});

let namespaces = 0;

async function newNamespace(): Promise<string> {
  namespaces += 1;
  const name = `test-${String(namespaces)}`;
  await client.create(NamespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  return name;
}

async function until(attempt: () => Promise<void>): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await delay(100);
    }
  }
}
