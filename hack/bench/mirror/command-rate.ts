import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';

const MEASURE_MS = 5_000;

/** Commands a second, over so many sockets, each of a user of its own, with so many in flight on each. */
export async function commandRate(port: number, sockets: number, inFlight: number): Promise<number> {
  const all = await Promise.all(Array.from({ length: sockets }, () => open(port)));
  let done = 0;
  for (const socket of all) {
    const next = (): void => {
      socket.send(JSON.stringify({ cmd: 'version', uuid: randomUUID() }));
    };
    socket.on('message', (data: Buffer) => {
      // The last message alone has it, and to look for it costs less than to parse it.
      if (!data.includes('CMD_DONE')) return;
      done += 1;
      next();
    });
    for (let count = 0; count < inFlight; count += 1) next();
  }
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
  const rate = done / ((performance.now() - startedAt) / 1000);
  for (const socket of all) socket.terminate();
  return rate;
}

async function open(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/qbo`, 'qbo', { headers: { cookie: randomUUID() } });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}
