import { request } from 'node:http';

/** An engine that answered. */
export interface EngineVersion {
  readonly version: string;
  /** The newest API that it speaks. Never ask for a newer one. */
  readonly apiVersion: string;
}

/**
 * Asks the engine behind a unix socket for its version. Rejects with the socket's error (ENOENT, ECONNREFUSED, EACCES)
 * when nobody answers, and when the answer is not a container engine's.
 */
export function pingEngine(socketPath: string, timeoutMs = 5000): Promise<EngineVersion> {
  return new Promise((resolve, reject) => {
    const ask = request({ socketPath, path: '/version', timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(parseVersion(body));
        } catch (cause) {
          reject(new Error(`${socketPath} answers, but not as a container engine: ${body.slice(0, 200)}`, { cause }));
        }
      });
    });
    ask.on('timeout', () => ask.destroy(new Error(`${socketPath} did not answer within ${String(timeoutMs)} ms`)));
    ask.on('error', reject);
    ask.end();
  });
}

function parseVersion(body: string): EngineVersion {
  const { Version, ApiVersion } = JSON.parse(body) as { Version?: unknown; ApiVersion?: unknown };
  if (typeof Version !== 'string' || typeof ApiVersion !== 'string')
    throw new Error('Version or ApiVersion is missing');
  return { version: Version, apiVersion: ApiVersion };
}
