import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { dockerContainers } from '../../controllers/backends/docker/index.ts';
import { silentLogger } from '../../controllers/runtime/log.ts';
import { rebuildClusters } from '../../hack/adopt/rebuild.ts';
import { ensureEngine } from '../../hack/engine/ensure-engine.ts';
import { instanceOf } from '../../hack/management/instance.ts';
import { containersOf, nameOf } from '../fixtures/operator/containers.ts';
import { Installation } from '../fixtures/operator/installation.ts';
import { clusterManifest, inDefault } from '../fixtures/operator/objects.ts';
import { awaitPods, podManifest } from '../fixtures/operator/pods.ts';

jest.setTimeout(400_000);

const KEY = inDefault('dev');
const PROVISIONER = 'deployment/local-path-provisioner';

let first: Installation;
let second: Installation | undefined;

beforeAll(async () => {
  first = await Installation.start();
  await first.apply(clusterManifest('dev', { image: first.image, workers: 1 }));
  await first.untilReady(KEY);
});

afterAll(async () => {
  await second?.remove();
  await first?.remove();
});

/** Everything that may not move: containers, since when they run, and pods with their restarts. */
async function facts(installation: Installation): Promise<unknown> {
  const containers = await containersOf(installation.instance);
  const { kubectl } = await installation.workload(KEY);
  const pods =
    'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}';
  return {
    containers: containers.map((container) => [nameOf(container), container.Id, container.State.StartedAt]),
    pods: (await kubectl('get', 'pods', '--all-namespaces', '-o', pods)).split('\n').sort(),
  };
}

test('a cluster whose management cluster is lost is known again, and nothing in it has noticed', async () => {
  const workload = await first.workload(KEY);
  await workload.apply(podManifest('witness'));
  await awaitPods(workload, 'witness');
  // These come after the cluster is Ready, which waits neither for storage nor for what a kubelet tells of static pods.
  await workload.kubectl('wait', '--for=create', '--timeout=60s', '--namespace=local-path-storage', PROVISIONER);
  await workload.kubectl('rollout', 'status', '--timeout=90s', '--namespace=local-path-storage', PROVISIONER);
  await workload.kubectl('wait', '--for=condition=Ready', '--timeout=90s', 'pod', '--all', '--all-namespaces');
  const before = await facts(first);
  await first.operator.kill();

  const { instance } = first;
  second = await Installation.start({ instance, startOperator: false });
  const containers = dockerContainers({ socketPath: (await ensureEngine()).socketPath }, silentLogger);
  const options = { kube: second.kube, containers, instance: instanceOf({ QBO_INSTANCE: instance }) };
  expect(await rebuildClusters(options, AbortSignal.timeout(60_000))).toHaveLength(1);
  await second.operator.start();
  await second.untilReady(KEY);

  expect(await facts(second)).toEqual(before);
  await second.kubectl('scale', 'cluster', 'dev', '--replicas=2');
  await second.untilReady(KEY);
  const addresses = (await second.nodesOf(KEY)).map(({ status }) => status?.address);
  expect(new Set(addresses).size).toBe(3);
});
