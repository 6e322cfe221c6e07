/** One story of a metric or more, and what is heard of it. */
export interface AlertCase {
  readonly alert: string;
  readonly story: string;
  /** Series by name and labels, in promtool's notation: a value a minute, `1x60` is sixty times the same. */
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked at, from the beginning. */
  readonly at: string;
  /** Labels and summary of each alert that fires then; none: silence. */
  readonly heard: readonly { readonly labels: Readonly<Record<string, string>>; readonly summary: string }[];
}

const silence = [] as const;
const DEV = 'namespace="default",cluster="dev"';
const INFO = (power = 'Running', paused = 'false'): string =>
  `qbo_cluster_info{${DEV},version="v1.35.4",power="${power}",paused="${paused}",pod="a"}`;

/** For each alert: when it fires, and when it does not though it looks like it. */
export const ALERTS: readonly AlertCase[] = [
  {
    alert: 'QboOperatorDown',
    story: 'the operator is gone for long',
    series: { 'qbo_build_info{version="1"}': '1 1 1 stale' },
    at: '15m',
    heard: [{ labels: { severity: 'critical' }, summary: 'Nobody has heard of the qbo operator for five minutes.' }],
  },
  {
    alert: 'QboOperatorDown',
    story: 'the operator is restarted',
    series: { 'qbo_build_info{version="1"}': '1 1 1 stale stale 1x20' },
    at: '6m',
    heard: silence,
  },
  {
    alert: 'QboNoLeader',
    story: 'two replicas run, and neither leads',
    series: {
      'leader_election_master_status{name="qbo-operator",pod="a"}': '1 1 0x20',
      'leader_election_master_status{name="qbo-operator",pod="b"}': '0x22',
    },
    at: '10m',
    heard: [{ labels: { severity: 'critical' }, summary: 'No replica of the qbo operator leads.' }],
  },
  {
    alert: 'QboNoLeader',
    story: 'the other replica takes over',
    series: {
      'leader_election_master_status{name="qbo-operator",pod="a"}': '1 1 0x20',
      'leader_election_master_status{name="qbo-operator",pod="b"}': '0 0 0 1x20',
    },
    at: '10m',
    heard: silence,
  },
  {
    alert: 'QboReconcileErrors',
    story: 'half of the reconciles of Nodes fail',
    series: {
      'controller_runtime_reconcile_total{controller="nodes",result="success"}': '0+30x60',
      'controller_runtime_reconcile_total{controller="nodes",result="error"}': '0+30x60',
      'controller_runtime_reconcile_errors_total{controller="nodes"}': '0+30x60',
      'controller_runtime_reconcile_total{controller="clusters",result="success"}': '0+30x60',
      'controller_runtime_reconcile_errors_total{controller="clusters"}': '0x60',
    },
    at: '40m',
    heard: [
      {
        labels: { severity: 'warning', controller: 'nodes' },
        summary: 'More than a tenth of the reconciles of nodes fail.',
      },
    ],
  },
  {
    alert: 'QboReconcileErrors',
    story: 'a burst of errors is over soon',
    series: {
      'controller_runtime_reconcile_total{controller="nodes",result="success"}': '0+30x60',
      'controller_runtime_reconcile_errors_total{controller="nodes"}': '0 30 30x58',
    },
    at: '20m',
    heard: silence,
  },
  {
    alert: 'QboReconcileHangs',
    story: 'one reconcile does not end',
    series: { 'workqueue_longest_running_processor_seconds{controller="nodes"}': '0+60x30' },
    at: '20m',
    heard: [{ labels: { severity: 'warning', controller: 'nodes' }, summary: 'A reconcile of nodes does not end.' }],
  },
  {
    alert: 'QboQueueDeep',
    story: 'more comes than is done',
    series: { 'workqueue_depth{controller="nodes"}': '0+100x30' },
    at: '20m',
    heard: [{ labels: { severity: 'warning', controller: 'nodes' }, summary: '2000 nodes wait for the qbo operator.' }],
  },
  {
    alert: 'QboQueueDeep',
    story: 'a first list of many objects is worked off',
    series: { 'workqueue_depth{controller="nodes"}': '2000 1500 1000 500 0x30' },
    at: '20m',
    heard: silence,
  },
  {
    alert: 'QboCacheStale',
    story: 'the API server says nothing any more',
    series: {
      'reflector_synced{name="nodes"}': '1x60',
      'reflector_last_event_timestamp_seconds{name="nodes"}': '60x60',
    },
    at: '30m',
    heard: [
      { labels: { severity: 'warning', name: 'nodes' }, summary: 'The qbo operator does not hear of nodes any more.' },
    ],
  },
  {
    alert: 'QboCacheStale',
    story: 'the first list does not come',
    series: {
      'reflector_synced{name="nodes"}': '0x60',
      'reflector_last_event_timestamp_seconds{name="nodes"}': '0x60',
    },
    at: '30m',
    heard: [
      { labels: { severity: 'warning', name: 'nodes' }, summary: 'The qbo operator does not hear of nodes any more.' },
    ],
  },
  {
    alert: 'QboClusterUnavailable',
    story: 'a cluster can not be used; two replicas say so',
    series: {
      [`qbo_cluster_available{${DEV},pod="a"}`]: '1 1 0x30',
      [`qbo_cluster_available{${DEV},pod="b"}`]: '1 1 0x30',
      [INFO()]: '1x30',
    },
    at: '20m',
    heard: [
      {
        labels: { severity: 'critical', namespace: 'default', cluster: 'dev' },
        summary: 'Cluster default/dev can not be used.',
      },
    ],
  },
  {
    alert: 'QboClusterUnavailable',
    story: 'a cluster is stopped, as somebody asked',
    series: { [`qbo_cluster_available{${DEV},pod="a"}`]: '1 1 0x30', [INFO('Stopped')]: '1x30' },
    at: '20m',
    heard: silence,
  },
  {
    alert: 'QboClusterNotReady',
    story: 'a worker does not come back',
    series: {
      [`qbo_cluster_ready{${DEV},pod="a"}`]: '1 1 0x60',
      [`qbo_cluster_available{${DEV},pod="a"}`]: '1x60',
      [INFO()]: '1x60',
    },
    at: '30m',
    heard: [
      {
        labels: { severity: 'warning', namespace: 'default', cluster: 'dev' },
        summary: 'Cluster default/dev is not as it should be.',
      },
    ],
  },
  {
    alert: 'QboClusterNotReady',
    story: 'a worker was killed and is repaired',
    series: { [`qbo_cluster_ready{${DEV},pod="a"}`]: '1 1 0 1x60', [INFO()]: '1x60' },
    at: '30m',
    heard: silence,
  },
  {
    alert: 'QboClusterNotReady',
    story: 'somebody works on a cluster that is paused',
    series: { [`qbo_cluster_ready{${DEV},pod="a"}`]: '1 1 0x60', [INFO('Running', 'true')]: '1x60' },
    at: '30m',
    heard: silence,
  },
  {
    alert: 'QboStalled',
    story: 'a subnet is taken',
    series: {
      'qbo_object_conditions{kind="Network",condition="Stalled",status="True",reason="SubnetOverlap"}': '1x30',
    },
    at: '20m',
    heard: [
      {
        labels: { severity: 'warning', kind: 'Network', reason: 'SubnetOverlap' },
        summary: '1 Network can not go on: SubnetOverlap.',
      },
    ],
  },
  {
    alert: 'QboRemediationExhausted',
    story: 'a node stays unhealthy whatever is done',
    series: {
      'qbo_object_conditions{kind="Node",condition="Remediating",status="False",reason="RemediationExhausted"}':
        '0 1x30',
    },
    at: '10m',
    heard: [
      {
        labels: { severity: 'critical', kind: 'Node' },
        summary: 'A Node stays unhealthy although it was restarted and replaced.',
      },
    ],
  },
  {
    alert: 'QboRepairStorm',
    story: 'something kills containers again and again',
    series: { 'qbo_events_total{reason="ContainerRestarted"}': '0+1x60' },
    at: '50m',
    heard: [
      {
        labels: { severity: 'warning' },
        summary: 'The qbo operator has repaired containers 30 times within half an hour.',
      },
    ],
  },
  {
    alert: 'QboRepairStorm',
    story: 'a host was rebooted, and ten nodes were started again',
    series: { 'qbo_events_total{reason="ContainerRestarted"}': '0 0 10x60' },
    at: '20m',
    heard: silence,
  },
  {
    alert: 'QboEngineUnavailable',
    story: 'the engine is away',
    series: {
      'qbo_object_conditions{kind="Node",condition="Ready",status="False",reason="EngineUnavailable"}': '3x30',
    },
    at: '10m',
    heard: [{ labels: { severity: 'critical', kind: 'Node' }, summary: 'The container engine does not answer.' }],
  },
  {
    alert: 'QboEngineUnavailable',
    story: 'the engine is restarted',
    series: {
      'qbo_object_conditions{kind="Node",condition="Ready",status="False",reason="EngineUnavailable"}':
        '_ _ 3 stale _x30',
    },
    at: '5m',
    heard: silence,
  },
  {
    alert: 'QboCertificateExpires',
    story: 'nothing has renewed a certificate',
    series: { [`qbo_certificate_expiry_timestamp_seconds{${DEV}}`]: '871200x200' },
    at: '2h',
    heard: [
      {
        labels: { severity: 'warning', namespace: 'default', cluster: 'dev' },
        summary: 'A certificate of cluster default/dev ends in 10d 0h 0m 0s.',
      },
    ],
  },
  {
    alert: 'QboCertificateExpires',
    story: 'certificates are good for a year',
    series: { [`qbo_certificate_expiry_timestamp_seconds{${DEV}}`]: '31536000x200' },
    at: '2h',
    heard: silence,
  },
  {
    alert: 'QboCertificateExpired',
    story: 'a certificate has ended',
    series: { [`qbo_certificate_expiry_timestamp_seconds{${DEV}}`]: '600x200' },
    at: '20m',
    heard: [
      {
        labels: { severity: 'critical', namespace: 'default', cluster: 'dev' },
        summary: 'A certificate of cluster default/dev has ended.',
      },
    ],
  },
];
