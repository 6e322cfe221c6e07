import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

import { bridgePlace } from '../bridge/place.ts';
import type { Instance } from '../management/instance.ts';

/** What to type next, for a person who has just seen `make up` end well. */
export function farewell(instance: Instance, elapsed: string, env: NodeJS.ProcessEnv): string {
  const { context, management, name } = instance;
  const prefix = name === 'qbo' ? '' : `QBO_INSTANCE=${name} `;
  const place = bridgePlace(instance, env);
  // Another installation may have made itself the one that qbo asks.
  const own = name === 'qbo' ? '' : `QBO_HOST=${place.address} QBO_PORT=${String(place.port)} QBO_SSL=0 `;
  const missing = isOnPath('kubectl', env)
    ? ''
    : `\nkubectl is not installed here. Until it is: docker exec ${management} kubectl --kubeconfig /etc/kubernetes/admin.conf get clusters\n`;
  return `
Ready after ${elapsed}. The clusters are objects in the kubeconfig context "${context}":

  kubectl --context ${context} get clusters

or by the command line qbo, which asks the bridge at ${place.url}

  ${own}build/bin/qbo get nodes -A

Use the cluster dev, which has a control plane and two workers:

  kubectl --context ${context} get secret dev-kubeconfig -o jsonpath='{.data.value}' | base64 -d > dev.kubeconfig
  kubectl --kubeconfig dev.kubeconfig get nodes

Make another, give dev a third worker, and take everything away again:

  kubectl --context ${context} apply -f manifests/samples/
  kubectl --context ${context} scale cluster dev --replicas=3
  ${prefix}make down
${missing}`;
}

function isOnPath(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder: the next one may have it.
      return false;
    }
  });
}
