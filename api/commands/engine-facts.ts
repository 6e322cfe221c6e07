import { ENGINE_FACTS, readEngineData, type EngineFacts } from '../../crds/engine-facts.ts';
import { ConfigMapType } from '../../controllers/kube/kinds.ts';
import { isForbidden, refusable } from '../refusal.ts';
import type { Scope } from './scope.ts';

/** What the operator tells of the engine, as far as the caller may read it. */
export const engineFacts = ({ kube, about, signal }: Scope): Promise<EngineFacts> =>
  refusable('What is known of the engine', async () => {
    try {
      const found = await kube.get(ConfigMapType, { namespace: about.namespace, name: ENGINE_FACTS }, signal);
      return readEngineData(found?.data);
    } catch (error) {
      if (isForbidden(error)) return readEngineData(undefined);
      throw error;
    }
  });
