import { ClusterKind, type Cluster } from '../../../crds/cluster.ts';
import { NodeKind, type Node } from '../../../crds/node.ts';
import type { ResourceType } from '../../../controllers/kube/client.ts';
import { KubeUnreachable } from '../../../controllers/kube/error.ts';
import { keyOf, type KubeObject, type Stored } from '../../../controllers/runtime/object.ts';
import type { ReadonlyStore } from '../../../controllers/runtime/store.ts';
import { clusterKey } from '../../choice/objects.ts';
import { Failure } from '../../failure.ts';
import { failureOf, refusable } from '../../refusal.ts';
import { ownersOf } from '../../rows/owner.ts';
import { Follower, isRefusal } from '../../views/follow.ts';
import { LiveTable } from '../../views/live-table.ts';
import { showManagement, type Shown } from '../../views/management-rows.ts';
import { Selection } from '../../views/selection.ts';
import { OF_CLUSTER } from '../../views/sources.ts';
import type { Payload } from '../../wire/message.ts';
import { say, type Scope } from '../scope.ts';
import { judge, titleOf, wordOf, type Goal, type Telling } from './goal.ts';
import { Wakening } from './wakening.ts';

/**
 * Waits until every goal of one namespace and kind is reached, and meanwhile tells what the objects say of themselves, and rows that
 * change. Throws Failure when one can not be reached; the others are waited for all the same.
 */
export async function reach<T extends Telling>(
  scope: Scope,
  type: ResourceType<T>,
  goals: readonly Goal[],
): Promise<void> {
  const groups = Map.groupBy(goals, ({ object }) => object.metadata.namespace ?? '');
  const failures = await Promise.all(
    [...groups].map(([namespace, own]) => new Progress(scope, own).run(type, namespace)),
  );
  throwAll(failures.flat());
}

/** One failure for all, with the code of the first. */
export function throwAll(failures: readonly Failure[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new Failure(first.code, failures.map(({ message }) => message).join('\n'), first);
}

/** The goals of one kind in one namespace. */
class Progress {
  readonly #scope: Scope;
  readonly #goals: readonly Goal[];
  readonly #open: Set<Goal>;
  readonly #said = new Map<Goal, string>();
  readonly #failures: Failure[] = [];
  /** By kind and name. */
  readonly #sent = new Map<string, string>();
  readonly #stops: (() => void)[] = [];
  readonly #news = new Wakening();
  #refusal: unknown;
  #isAwaySaid = false;

  constructor(scope: Scope, goals: readonly Goal[]) {
    this.#scope = scope;
    this.#goals = goals;
    this.#open = new Set(goals);
  }

  /** Resolves with what has failed. Rejects with what ends everything: the caller may not look any more, or nobody listens. */
  async run<T extends Telling>(type: ResourceType<T>, namespace: string): Promise<readonly Failure[]> {
    const { signal } = this.#scope;
    signal.addEventListener('abort', this.#news.call, { once: true });
    try {
      const sources = await this.#follow(type, namespace);
      for (;;) {
        signal.throwIfAborted();
        if (this.#refusal !== undefined) throw failureOf(this.#refusal, `The ${type.plural}`);
        this.#look(sources);
        if (this.#open.size === 0) {
          await this.#lastRows(sources, namespace);
          return this.#failures;
        }
        await this.#news.next();
      }
    } finally {
      signal.removeEventListener('abort', this.#news.call);
      for (const stop of this.#stops) stop();
    }
  }

  async #follow<T extends Telling>(type: ResourceType<T>, namespace: string): Promise<Sources> {
    const { signal, caller } = this.#scope;
    const isCluster = type.kind === ClusterKind.kind;
    if (!isCluster && type.kind !== NodeKind.kind) {
      const objects = this.#follower(type, namespace);
      await this.#synced([objects], signal);
      return { objects };
    }
    const clusters = this.#follower<Cluster>(ClusterKind, namespace);
    const nodes = this.#follower<Node>(NodeKind, namespace, { [OF_CLUSTER]: (node) => [clusterKey(node)] });
    await this.#synced([clusters, nodes], signal);
    const table = new LiveTable(isCluster ? ['clusters', 'nodes'] : ['nodes']);
    const uids = this.#goals.map(({ object }) => object.metadata.uid);
    const selection = new Selection(uids, namespace);
    const shown = showManagement({ clusters, nodes, table, selection, owners: ownersOf([caller]) });
    this.#stops.push(() => {
      shown.stop();
    });
    // Rows as they are before anything has happened are of no interest, but of what is new.
    if (!this.#goals.some(({ isNew }) => isNew === true)) table.take();
    return { objects: isCluster ? clusters : nodes, rows: { table, shown } };
  }

  #follower<T extends KubeObject>(
    type: ResourceType<T>,
    namespace: string,
    indexes: Record<string, (object: Stored<T>) => string[]> = {},
  ): Follower<T> {
    const { kube, clock, log } = this.#scope;
    const scope = namespace === '' ? {} : { namespace };
    const follower = new Follower<T>({ kube, type, scope, clock, log, indexes });
    follower.onChange(this.#news.call);
    follower.onTrouble((error) => {
      if (isRefusal(error)) this.#refusal = error;
      this.#news.call();
      this.#sayAway(error);
    });
    this.#stops.push(() => {
      follower.close();
    });
    return follower;
  }

  async #synced(followers: readonly Pick<Follower<never>, 'synced'>[], signal: AbortSignal): Promise<void> {
    await refusable('What is waited for', () => Promise.all(followers.map((follower) => follower.synced(signal))));
  }

  #look({ objects, rows }: Sources): void {
    this.#sendRows(rows?.table);
    for (const goal of this.#open) {
      const found = objects.store.get(keyOf(goal.object));
      const verdict = judge(goal, found);
      if (verdict === undefined) this.#tell(goal, found === undefined ? '' : wordOf(goal, found));
      else this.#settle(goal, verdict);
    }
  }

  #sendRows(table: LiveTable | undefined): void {
    for (const payload of table?.take() ?? []) this.#send(payload);
  }

  /** What a row was told to be last is not told again. */
  #send(payload: Payload): void {
    const [key, rows] = Object.entries(payload)[0] as [string, readonly { readonly name: string }[]];
    const news = rows.filter((row) => this.#sent.get(`${key} ${row.name}`) !== JSON.stringify(row));
    for (const row of news) this.#sent.set(`${key} ${row.name}`, JSON.stringify(row));
    if (news.length > 0) this.#scope.reply.send({ [key]: news } as unknown as Payload);
  }

  /**
   * How everything is in the end. The watch of a cluster may be ahead of that of its nodes, and some may have changed before
   * anybody looked.
   */
  async #lastRows({ rows }: Sources, namespace: string): Promise<void> {
    if (rows === undefined) return;
    const { kube, signal } = this.#scope;
    const { items } = await refusable('The nodes', () => kube.list(NodeKind, { namespace }, signal));
    rows.shown.catchUp(items);
    this.#sendRows(rows.table);
    for (const payload of rows.table.snapshot()) this.#send(payload);
  }

  #tell(goal: Goal, word: string): void {
    if (word === '' || this.#said.get(goal) === word) return;
    this.#said.set(goal, word);
    say(this.#scope, `${titleOf(goal.object)}: ${word}`);
  }

  #settle(goal: Goal, verdict: 'done' | Failure): void {
    this.#open.delete(goal);
    if (verdict === 'done') say(this.#scope, `${titleOf(goal.object)} is ${goal.reached}.`);
    else this.#failures.push(verdict);
  }

  /** Once: it comes back, or the caller gives up. */
  #sayAway(error: unknown): void {
    if (!(error instanceof KubeUnreachable) || this.#isAwaySaid) return;
    this.#isAwaySaid = true;
    say(this.#scope, `${error.message} What was asked for goes on, and this is told when it answers again.`);
  }
}

interface Sources {
  readonly objects: { readonly store: Pick<ReadonlyStore<Stored<Telling>>, 'get'> };
  readonly rows?: { readonly table: LiveTable; readonly shown: Shown };
}
