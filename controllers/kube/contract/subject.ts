import type { Condition } from '../../runtime/condition.ts';
import type { KubeObject, ObjectKey } from '../../runtime/object.ts';
import type { KubeClient } from '../client.ts';
import type { ConfigMap } from '../kinds.ts';
import { WidgetType, type Widget } from './widget.ts';

/** What the contract is tried on. */
export interface Subject {
  readonly client: KubeClient;
  /** An empty namespace of the test's own. */
  readonly namespace: string;
  /** Makes resourceVersion 1 too old to watch from. */
  readonly expireHistory: () => void;
}

export type SetUp = () => Promise<Subject>;

/** Never aborts. */
export const always = new AbortController().signal;

export const widget = (
  { namespace }: Subject,
  name: string,
  spec: NonNullable<Widget['spec']> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): Widget & { readonly spec: NonNullable<Widget['spec']> } => ({
  apiVersion: WidgetType.apiVersion,
  kind: 'Widget',
  metadata: { name, namespace, ...metadata },
  spec,
});

export const configMap = (
  { namespace }: Subject,
  name: string,
  data: Record<string, string> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata }, data });

export const key = ({ namespace }: Subject, name: string): ObjectKey => ({ namespace, name });

export const condition = (type: string, status: Condition['status'] = 'True'): Condition => ({
  type,
  status,
  reason: 'Because',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

/** Takes the next `count` items, then closes the iterator. */
export async function take<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of source) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}
