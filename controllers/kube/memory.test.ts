import { SystemClock } from '../runtime/clock.ts';
import { describeKubeClient, WidgetType } from './client.contract.ts';
import { MemoryApiServer } from './memory.ts';

let namespaces = 0;
const server = new MemoryApiServer({
  clock: new SystemClock(),
  kinds: [{ type: WidgetType, lists: { 'spec.ports': ['name'] } }],
});

describeKubeClient('MemoryApiServer', () => {
  namespaces += 1;
  const expireHistory = (): void => {
    server.expireHistory();
  };
  return Promise.resolve({ client: server.client(), namespace: `test-${String(namespaces)}`, expireHistory });
});
