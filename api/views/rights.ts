import type { KubeClient } from '../../controllers/kube/client.ts';
import { SelfSubjectAccessReviewType, type SelfSubjectAccessReview } from '../../controllers/kube/kinds.ts';

/** What somebody wants to do. */
export type Deed = SelfSubjectAccessReview['spec']['resourceAttributes'];

/** Asks the API server whether whoever `kube` acts as may do it. Rejects when the server can not say. */
export type Review = (kube: KubeClient, deed: Deed, signal: AbortSignal) => Promise<boolean>;

export const selfReview: Review = async (kube, deed, signal) => {
  const { apiVersion, kind } = SelfSubjectAccessReviewType;
  const question = { apiVersion, kind, metadata: { name: '' }, spec: { resourceAttributes: deed } };
  const { status } = await kube.create<SelfSubjectAccessReview>(SelfSubjectAccessReviewType, question, signal);
  return status?.allowed === true;
};

/**
 * Which of these Secrets may be read: asked of all at once, then of all in each namespace, and only then of each by name, so
 * that it costs most callers one or two questions however many there are.
 */
export async function readableSecrets<S extends { readonly namespace: string; readonly name: string }>(
  review: (deed: Deed) => Promise<boolean>,
  secrets: readonly S[],
): Promise<readonly S[]> {
  const deed = { resource: 'secrets', verb: 'get' };
  if (secrets.length === 0 || (await review(deed))) return secrets;
  const namespaces = Map.groupBy(secrets, ({ namespace }) => namespace);
  const readable = await Promise.all(
    [...namespaces].map(async ([namespace, inside]) => {
      if (await review({ ...deed, namespace })) return inside;
      const each = await Promise.all(inside.map(({ name }) => review({ ...deed, namespace, name })));
      return inside.filter((_, index) => each[index]);
    }),
  );
  return readable.flat();
}
