import type { Node } from '../../crds/node.ts';

/** Two Nodes of one name in two namespaces both work: the later one's container is qualified by its namespace. */
export const qualifiedName = ({ metadata }: Node): string => `${metadata.namespace ?? ''}-${metadata.name}`;

/** What its container is to be called: as it was, unless somebody else has given it another name meanwhile. */
export function containerName(node: Node, present: string | undefined): string {
  const qualified = qualifiedName(node);
  return present === qualified ? qualified : node.metadata.name;
}
