/** What api/asyncapi.yaml promises, asked of the bridge itself; nodes are in memory. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { documentedRequests, messageViolations } from '../../fixtures/asyncapi/document.ts';
import { TestClient } from '../../fixtures/bridge/running-bridge.ts';
import { RealBridge } from '../../fixtures/cli/real-bridge.ts';

jest.setTimeout(240_000);

/** What a person who follows the document has made before. */
const FIRST = ['add cluster dev -n 2', 'add cluster prod -n 1'];

let bridge: RealBridge;
let client: TestClient;

beforeAll(async () => {
  bridge = await RealBridge.start();
  client = await TestClient.open(`ws://localhost:${String(bridge.port)}/qbo`, 'qbo', {});
}, 180_000);

afterAll(async () => {
  await client?.close();
  await bridge?.[Symbol.asyncDispose]();
});

/** How each example ends that does not end well, where `dev` and `prod` are there and an engine without a registry. */
const REFUSED: Readonly<Record<string, number>> = {
  'get cluster alex -k': 404,
  'stop clusters alex': 404,
  'stop node 98650026': 404,
  'add cluster alex -i hub.docker.com/kindest/node:v1.27.3': 503,
  'add cluster dev prod': 409,
  'add node -n3 alex': 503,
  'scale cluster alex -n 5': 503,
};

test('every example is answered to its end, by nothing that the document does not name', async () => {
  const violationsOf = messageViolations();
  for (const cmd of FIRST) await client.done(cmd);
  const requests = documentedRequests();
  expect(requests.length).toBeGreaterThan(20);
  for (const { cmd, ...request } of requests) {
    const from = client.received.length;
    const id = crypto.randomUUID();
    client.socket.send(JSON.stringify({ ...request, cmd, id }));
    // One that watches has no end: what is there comes first.
    const isWatch = cmd.endsWith(' -w');
    const last = await client.until(
      (message) => message.command_id === id && (message.command === 'CMD_DONE' || (isWatch && message.code === 200)),
    );
    const [first] = client.received.slice(from).filter(({ command_id }) => command_id === id);
    expect([cmd, first?.code, last.code]).toEqual([cmd, 202, REFUSED[cmd] ?? 200]);
  }
  expect(client.received.flatMap((message) => violationsOf(message))).toEqual([]);
});
