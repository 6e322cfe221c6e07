import { ENGINE_FACTS, engineData } from '../crds/engine-facts.ts';
import type { Containers } from './backends/containers.ts';
import { isNodeImage } from './image.ts';
import type { KubeClient } from './kube/client.ts';
import { ConfigMapType } from './kube/kinds.ts';
import { pause } from './runtime/clock.ts';
import type { Clock } from './runtime/clock.ts';
import { isSameJson } from './runtime/json.ts';
import type { Logger } from './runtime/log.ts';
import type { Runnable } from './runtime/manager.ts';

/** No event tells of an image that was loaded or built; a person who does so looks after a while. */
const LOOK_EVERY_MS = 30_000;

export interface EngineFactsOptions {
  readonly kube: KubeClient;
  readonly containers: Pick<Containers, 'engine' | 'images'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The operator's own. */
  readonly namespace: string;
}

/**
 * Tells in a ConfigMap which node images the engine has, and its version: the bridge, which has no way to the engine, shows them.
 * No reconciler reads it. Written when something has changed, or somebody has taken it away.
 */
export const engineFacts = (options: EngineFactsOptions): Runnable => ({
  name: 'engine facts',
  run: async (signal) => {
    const { clock, log } = options;
    do {
      try {
        await tell(options, signal);
      } catch (error) {
        // The engine or the API server is away, of which others tell; what was told last stands.
        if (!signal.aborted) log.debug('What the engine has could not be told', { error });
      }
    } while (await pause(clock, LOOK_EVERY_MS, signal));
  },
});

async function tell({ kube, containers, namespace }: EngineFactsOptions, signal: AbortSignal): Promise<void> {
  const [images, { version }] = await Promise.all([containers.images.list(signal), containers.engine.info(signal)]);
  const data = engineData({ images: images.filter(isNodeImage).flatMap(({ tags }) => tags), version });
  const found = await kube.get(ConfigMapType, { namespace, name: ENGINE_FACTS }, signal);
  if (found !== undefined && isSameJson(found.data, data)) return;
  const { apiVersion, kind } = ConfigMapType;
  const object = { apiVersion, kind, metadata: { namespace, name: ENGINE_FACTS }, data };
  await kube.apply(ConfigMapType, object, { fieldManager: 'qbo-engine' }, signal);
}
