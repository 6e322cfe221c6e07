import type { ApplyConfiguration } from '../../controllers/kube/client.ts';
import type { Instance } from '../management/instance.ts';

/** What only `make up` knows about the operator's Deployment. */
export interface Installation {
  readonly instance: Instance;
  /** Reference of the operator's image, with the tag of its content. */
  readonly image: string;
  /** The engine's socket as the management node sees it. */
  readonly socket: string;
  /** Group that owns the socket. */
  readonly socketGroup: number;
  /** URL of the bridge. */
  readonly bridge: string;
}

interface Deployment extends ApplyConfiguration {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly securityContext: object;
        readonly containers: readonly { readonly env: readonly { readonly name: string }[] }[];
      };
    };
  };
}

/** The objects of `manifests/install`, with the Deployment made to fit this machine. */
export const fitted = (
  objects: readonly ApplyConfiguration[],
  installation: Installation,
): readonly ApplyConfiguration[] =>
  objects.map((object) => (object.kind === 'Deployment' ? fit(object as Deployment, installation) : object));

function fit(
  deployment: Deployment,
  { instance, image, socket, socketGroup, bridge }: Installation,
): ApplyConfiguration {
  const { hostname, port } = new URL(bridge);
  const values: Readonly<Record<string, string>> = {
    QBO_INSTANCE: instance.name,
    QBO_MANAGEMENT_CONTAINER: instance.management,
    QBO_ENGINE_SOCKET: socket,
    QBO_DATAPLANE_IMAGE: image,
    QBO_BRIDGE_HOST: hostname,
    // What URLs of websockets leave out.
    QBO_BRIDGE_PORT: port || '80',
  };
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    image,
    env: container.env.map((entry) => {
      const value = values[entry.name];
      return value === undefined ? entry : { name: entry.name, value };
    }),
  }));
  const securityContext = { ...template.spec.securityContext, supplementalGroups: [socketGroup] };
  const spec = { ...template.spec, securityContext, containers };
  return { ...deployment, spec: { ...deployment.spec, template: { ...template, spec } } };
}
