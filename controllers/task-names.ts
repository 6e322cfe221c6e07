/** As what tasks are measured: label `task` of qbo_task_duration_seconds. */
export const TASK = {
  /** The pull of a node image. */
  pull: 'pull',
  /** kubeadm init or kubeadm join, as long as it is waited for. */
  bootstrap: 'bootstrap',
} as const;
