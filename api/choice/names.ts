/**
 * The name that an object gets in Kubernetes. QBO's own names may have underscores and capitals, as in `kubeflow_v1_9_0`; those of
 * Kubernetes may not: they become hyphens and small letters, when it is made and whenever it is named. What else is
 * wrong with a name, the API server says.
 */
export const kubernetesName = (name: string): string => name.toLowerCase().replaceAll('_', '-');
