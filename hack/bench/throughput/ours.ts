/**
 * The same controller as main.go, on our runtime: reconciles all objects of one kind as fast as it can. Prints the
 * milliseconds since its start each time that all of them have been reconciled in one and the same generation.
 * Arguments: kubeconfig, mode (none or patch), number of objects, concurrency.
 */
import { apiServerClient } from '../../../controllers/kube/api-server.ts';
import { listerWatcher } from '../../../controllers/kube/lister-watcher.ts';
import { SystemClock } from '../../../controllers/runtime/clock.ts';
import { Controller, type Reconcile } from '../../../controllers/runtime/controller.ts';
import { createLogger } from '../../../controllers/runtime/log.ts';
import { Manager } from '../../../controllers/runtime/manager.ts';
import { keyOf, type Stored } from '../../../controllers/runtime/object.ts';
import { Reflector } from '../../../controllers/runtime/reflector.ts';
import { GadgetType, type Gadget } from './gadget.ts';

const startedAt = performance.now();
const [kubeconfigFile = '', mode = '', objects = '', concurrency = ''] = process.argv.slice(2);
const clock = new SystemClock();
const log = createLogger('error');
const kube = apiServerClient({ kubeconfigFile });
const gadgets = new Reflector<Stored<Gadget>>({ name: 'gadgets', source: listerWatcher(kube, GadgetType), clock, log });
const seen = new Map<string, number>();
const done = new Map<number, number>();

const reconcile: Reconcile = async (key, { signal }) => {
  const found = gadgets.store.get(key);
  if (found === undefined) return {};
  const { generation = 0 } = found.metadata;
  if (mode === 'patch' && found.status?.observedGeneration !== generation) {
    const { apiVersion, kind } = GadgetType;
    const status = { apiVersion, kind, metadata: key, status: { observedGeneration: generation } };
    await kube.apply(GadgetType, status, { fieldManager: 'bench', subresource: 'status' }, signal);
  }
  if ((seen.get(key.name) ?? 0) >= generation) return {};
  seen.set(key.name, generation);
  const count = (done.get(generation) ?? 0) + 1;
  done.set(generation, count);
  if (count === Number(objects)) process.stdout.write(`${String(Math.round(performance.now() - startedAt))}\n`);
  return {};
};

const controller = new Controller({ name: 'gadgets', reconcile, clock, log, concurrency: Number(concurrency) });
controller.watch(gadgets, (object) => [keyOf(object)]);
const manager = new Manager({ clock, log });
manager.addReflector(gadgets);
manager.addController(controller);
await manager.start(new AbortController().signal);
