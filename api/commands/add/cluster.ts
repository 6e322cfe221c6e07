import { ClusterKind, type Cluster } from '../../../crds/cluster.ts';
import { KubeApiError } from '../../../controllers/kube/error.ts';
import type { KubeObject } from '../../../controllers/runtime/object.ts';
import { Failure } from '../../failure.ts';
import { engineReference } from '../../rows/image-name.ts';
import type { Options } from '../../wire/command.ts';
import { settle } from '../power.ts';
import { isReady } from '../progress/goal.ts';
import type { Scope } from '../scope.ts';
import { finish, sideBySide } from '../side-by-side.ts';

/** Only what the command says: the rest is for the API server's defaults, and stays the user's to decide. */
interface NewCluster extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Makes clusters in the caller's namespace, side by side, and waits until they are Ready. */
export async function addClusters(scope: Scope): Promise<void> {
  const { kube, command, caller, work } = scope;
  const { nodes, domain } = command.options;
  if (nodes === 0)
    throw new Failure(422, 'A cluster has one node at least, its control plane: qbo add cluster dev -n 1.');
  const spec = {
    ...imageOf(command.options),
    ...(nodes !== undefined && { workers: nodes - 1 }),
    ...(domain !== undefined && { domain }),
  };
  const outcome = await sideBySide(
    command.names,
    (name) => `Cluster ${name}`,
    async (name) => {
      const { apiVersion, kind } = ClusterKind;
      const cluster: NewCluster = { apiVersion, kind, metadata: { name, namespace: caller.namespace }, spec };
      try {
        const object = await kube.create<Cluster>(ClusterKind, cluster as unknown as Cluster, work);
        return { object, wanted: isReady, reached: 'ready', isNew: true } as const;
      } catch (error) {
        throw withAdvice(error, name, caller.namespace);
      }
    },
  );
  await finish(outcome, (goals) => settle(scope, ClusterKind, goals));
}

const imageOf = ({ image }: Options): { readonly image?: string } =>
  image === undefined ? {} : { image: engineReference(image) };

function withAdvice(error: unknown, name: string, namespace: string): unknown {
  if (!(error instanceof KubeApiError) || error.code !== 409) return error;
  return new Failure(
    409,
    `There is a cluster ${name} in namespace ${namespace} already. Choose another name, or remove that one: qbo delete cluster ${name}.`,
    error,
  );
}
