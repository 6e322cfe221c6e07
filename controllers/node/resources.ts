import { parseDocument } from 'yaml';
import type { Cluster } from '../../crds/cluster.ts';
import type { Node } from '../../crds/node.ts';
import { bytes, millicpus } from '../../crds/quantity.ts';
import type { Quantity } from '../../crds/quantity.ts';
import type { EngineInfo, FileContent, Resources } from '../backends/containers.ts';
import type { KubeNode } from '../kube/kinds.ts';
import { KUBELET_CONFIG } from './bootstrap-script.ts';

export const KUBELET = {
  /** As kubeadm writes it; on a volume. */
  config: KUBELET_CONFIG,
  /** On a volume. */
  script: '/etc/kubernetes/qbo/resources.sh',
  /** In the container's own layer: gone when the container is made anew. */
  dropIn: '/etc/systemd/system/kubelet.service.d/50-qbo-resources.conf',
} as const;

const KIB = 1024;
const CPU = 1000;

/** What a node may use: as its Node asks, else as its Cluster does. What nobody asks for is absent. */
export function wantedResources(node: Node, cluster: Cluster | undefined): Resources {
  return inUnits({ ...cluster?.spec.resources, ...node.spec.resources });
}

/** What of that is so, by the Node's own word. */
export const appliedResources = ({ status }: Node): Resources => inUnits(status?.resources ?? {});

function inUnits(asked: { readonly cpu?: Quantity; readonly memory?: Quantity }): Resources {
  const wanted = {
    millicpus: asked.cpu === undefined ? undefined : millicpus(asked.cpu),
    memoryBytes: asked.memory === undefined ? undefined : bytes(asked.memory),
  };
  return {
    ...(wanted.millicpus !== undefined && { millicpus: wanted.millicpus }),
    ...(wanted.memoryBytes !== undefined && { memoryBytes: wanted.memoryBytes }),
  };
}

/** What the host has, in the same terms. */
export const resourcesOf = ({ cpus, memoryBytes }: EngineInfo): Required<Resources> => ({
  millicpus: cpus * CPU,
  memoryBytes,
});

/** The first of what is asked for that the host has not. */
export function beyond(wanted: Resources, host: Required<Resources>): keyof Resources | undefined {
  return (['millicpus', 'memoryBytes'] as const).find((each) => (wanted[each] ?? 0) > host[each]);
}

/** Limits that a container should have: a limit that is no longer asked for becomes all that the host has. */
export function limitsFor(wanted: Resources, now: Resources, host: Required<Resources>): Resources {
  const { millicpus: cpu = now.millicpus && host.millicpus, memoryBytes = now.memoryBytes && host.memoryBytes } =
    wanted;
  return { ...(cpu !== undefined && { millicpus: cpu }), ...(memoryBytes !== undefined && { memoryBytes }) };
}

export const isSame = (a: Resources, b: Resources): boolean =>
  a.millicpus === b.millicpus && a.memoryBytes === b.memoryBytes;

/**
 * Whether the kubelet says so. Of memory it knows whole kibibytes. CPUs it counts in whole ones; what of the last one can
 * not be used is reserved, and missing in what can be allocated.
 */
export function isTold({ status }: KubeNode, limits: Resources): boolean {
  const { capacity = {}, allocatable = {} } = status ?? {};
  const { millicpus: cpu, memoryBytes } = limits;
  const hasMemory = memoryBytes === undefined || bytes(capacity['memory'] ?? '') === wholeKib(memoryBytes) * KIB;
  const hasCpus =
    cpu === undefined ||
    (millicpus(capacity['cpu'] ?? '') === wholeCpus(cpu) * CPU && millicpus(allocatable['cpu'] ?? '') === cpu);
  return hasMemory && hasCpus;
}

const wholeKib = (size: number): number => Math.floor(size / KIB);
const wholeCpus = (cpu: number): number => Math.ceil(cpu / CPU);

/** What of these the host has anyway need not be pretended. */
export const lessThanHost = ({ millicpus: cpu, memoryBytes }: Resources, host: Required<Resources>): Resources => ({
  ...(cpu !== undefined && cpu < host.millicpus && { millicpus: cpu }),
  ...(memoryBytes !== undefined && memoryBytes < host.memoryBytes && { memoryBytes }),
});

/**
 * What the kubelet needs to find the node smaller than its host: it reads the size of memory and the number of CPUs from two
 * files of the kernel, which are covered before each of its starts. Nothing else in the node reads them to decide anything.
 */
export const coveringFiles = (limits: Resources): readonly FileContent[] => [
  { path: KUBELET.dropIn, content: `[Service]\nExecStartPre=-/bin/sh ${KUBELET.script}\n`, mode: 0o644 },
  { path: KUBELET.script, content: script(limits), mode: 0o700 },
];

const script = ({ millicpus: cpu, memoryBytes }: Resources): string =>
  [
    '#!/bin/sh',
    '# Runs before each start of the kubelet, which finds in these files how large its node is.',
    'set -eu',
    'uncover() { while grep -q " $1 " /proc/self/mounts; do umount "$1"; done; }',
    'uncover /proc/meminfo',
    'uncover /sys/devices/system/cpu/online',
    'mkdir -p /run/qbo',
    ...(memoryBytes === undefined ? [] : coverMemory(wholeKib(memoryBytes))),
    ...(cpu === undefined ? [] : coverCpus(wholeCpus(cpu))),
    '',
  ].join('\n');

/** Without the fields that change: nobody would keep them true. */
const coverMemory = (kib: number): string[] => [
  'cat >/run/qbo/meminfo <<EOF',
  ...['MemTotal', 'MemFree', 'MemAvailable'].map((field) => `${`${field}:`.padEnd(16)}${String(kib)} kB`),
  ...['Buffers', 'Cached', 'SwapTotal', 'SwapFree'].map((field) => `${`${field}:`.padEnd(16)}0 kB`),
  'EOF',
  'mount --bind /run/qbo/meminfo /proc/meminfo',
];

const coverCpus = (count: number): string[] => [
  "tr ',' '\\n' </sys/devices/system/cpu/online | while IFS=- read -r first last; do",
  '  seq "$first" "${last:-$first}"',
  `done | head -n ${String(count)} | paste -sd, >/run/qbo/cpus`,
  'mount --bind /run/qbo/cpus /sys/devices/system/cpu/online',
];

/** The kubelet's configuration with what of its last CPU the node may not use reserved; undefined: it is so already. */
export function reservingConfig(config: string, { millicpus: cpu = 0 }: Resources): string | undefined {
  const reserved = wholeCpus(cpu) * CPU - cpu;
  const document = parseDocument(config);
  const now = document.getIn(['systemReserved', 'cpu']);
  const wanted = reserved === 0 ? undefined : `${String(reserved)}m`;
  if (now === wanted) return undefined;
  if (wanted === undefined) document.deleteIn(['systemReserved', 'cpu']);
  else document.setIn(['systemReserved', 'cpu'], wanted);
  return document.toString();
}
