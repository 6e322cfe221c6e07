import { createHash, randomBytes } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import { SecretType } from '../kube/kinds.ts';
import { inSeconds } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';

const LIFETIME_MS = 30 * 60_000;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Makes a token with which one node may join, and nothing else; it ends by itself. Named after the node's id, so that
 * another try replaces it instead of leaving two.
 */
export async function createBootstrapToken(
  client: KubeClient,
  owner: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const id = createHash('sha256').update(owner).digest('hex').slice(0, 6);
  const secret = randomLetters(16);
  const expiration = inSeconds(clock.now() + LIFETIME_MS);
  await client.apply(
    SecretType,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        'token-id': id,
        'token-secret': secret,
        expiration,
        'usage-bootstrap-authentication': 'true',
        'usage-bootstrap-signing': 'true',
        'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
      },
    },
    { fieldManager: 'qbo-node' },
    signal,
  );
  return `${id}.${secret}`;
}

/** 36 letters do not divide 256: bytes past the last whole multiple would favour some, and are left out. */
function randomLetters(count: number): string {
  let letters = '';
  while (letters.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < 252 && letters.length < count) letters += ALPHABET[byte % 36] ?? '';
    }
  }
  return letters;
}
