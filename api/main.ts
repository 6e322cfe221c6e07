import { readFile } from 'node:fs/promises';
import { createLogger } from '../controllers/runtime/log.ts';
import { runBridge, type Parts, type Shared } from './assemble.ts';
import { readConfig } from './config.ts';
import { bridgeParts } from './parts.ts';

/** The bridge as a process: real API server, settings from the environment. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort(new Error(`${signal} received`));
  });
}
try {
  const config = readConfig(process.env);
  const log = createLogger(config.QBO_LOG_LEVEL);
  // Beside this file, as it is written and as it is shipped.
  const asyncapi = await readFile(new URL('asyncapi.yaml', import.meta.url), 'utf8');
  const parts = (shared: Shared, signal: AbortSignal): Parts => bridgeParts({ config, log }, shared, signal);
  await runBridge({ config, asyncapi, log }, parts, stop.signal);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
