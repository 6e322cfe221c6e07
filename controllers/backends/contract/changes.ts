import { expect, test } from '@jest/globals';
import type { Fixture } from './subject.ts';

/** Listens in the background. */
class Listener {
  readonly heard: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();

  constructor(changes: AsyncIterable<string>) {
    this.ended = this.#listen(changes).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  async #listen(changes: AsyncIterable<string>): Promise<void> {
    for await (const owner of changes) {
      this.heard.push(owner);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    }
  }

  /** Resolves when `owner` is heard of from now on. */
  async hears(owner: string): Promise<void> {
    const from = this.heard.length;
    while (!this.heard.includes(owner, from)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }
}

export function changesContract(fix: () => Fixture): void {
  /** A listener that is known to listen: the stream begins some time after it is asked for. */
  async function listening(signal: AbortSignal): Promise<Listener> {
    const { containers, subject } = fix();
    const listener = new Listener(containers.changes(signal));
    const { id, name } = await fix().created({ name: fix().name('probe'), address: '10.231.7.99' });
    let isHeard = false;
    const heard = listener.hears(name).then(() => (isHeard = true));
    while (!isHeard) {
      await containers.start(id, fix().signal);
      await subject.outside.kill(name);
    }
    await heard;
    await containers.remove(id, fix().signal);
    return listener;
  }

  const listen = async (): Promise<{ listener: Listener; stop: AbortController }> => {
    const stop = new AbortController();
    return { listener: await listening(stop.signal), stop };
  };
  const enough = async ({ listener, stop }: { listener: Listener; stop: AbortController }): Promise<void> => {
    stop.abort(new Error('enough'));
    await listener.ended;
  };

  test('whoever owns a container hears of all that happens to it', async () => {
    const { containers, signal, subject } = fix();
    const session = await listen();
    const { listener } = session;
    const name = fix().name('node');
    const spec = await fix().spec();
    const steps: (() => Promise<unknown>)[] = [
      () => containers.create(spec, signal),
      () => containers.start(name, signal),
      () => containers.stop(name, 5, signal),
      () => containers.start(name, signal),
      () => subject.outside.kill(name),
      () => subject.outside.remove(name),
    ];
    for (const step of steps) await Promise.all([listener.hears(name), step()]);
    await enough(session);
  });

  test('whoever owns a network hears when a container leaves it, and when it goes', async () => {
    const { containers, signal } = fix();
    const second = await fix().network('second', '10.231.8.0/24');
    const node = await fix().running();
    const session = await listen();
    const { listener } = session;
    const connect = (): Promise<void> => containers.networks.connect(second.id, node.id, '10.231.8.2', signal);
    await Promise.all([listener.hears(fix().name('second')), connect()]);
    await Promise.all([
      listener.hears(fix().name('second')),
      listener.hears(node.name),
      containers.networks.disconnect(second.id, node.id, signal),
    ]);
    await Promise.all([listener.hears(fix().name('second')), containers.networks.remove(second.id, signal)]);
    await enough(session);
  });

  test('a container that kind made, which has no owner, is heard of and found under its own id', async () => {
    const { containers, signal, subject } = fix();
    const session = await listen();
    const name = fix().name('kinds');
    await subject.outside.makeContainer(name, { 'io.x-k8s.kind.cluster': name });
    const { id, owner } = await fix().existing(name);
    expect(owner).toBeUndefined();
    expect((await containers.findByOwner(id, signal)).map((found) => found.name)).toEqual([name]);
    await Promise.all([session.listener.hears(id), subject.outside.remove(name)]);
    expect(await containers.findByOwner(id, signal)).toEqual([]);
    await enough(session);
  });

  test('a container of somebody else is not found by its id', async () => {
    const { containers, signal, subject } = fix();
    await subject.outside.makeContainer(fix().name('foreign'));
    const { id } = await fix().existing(fix().name('foreign'));
    expect(await containers.findByOwner(id, signal)).toEqual([]);
  });

  test("commands in a container, and what happens to others' objects, are not heard of", async () => {
    const { subject } = fix();
    const node = await fix().running();
    const session = await listen();
    const { listener } = session;
    await fix().exec(node.id, { argv: ['true'] });
    await subject.outside.makeContainer(fix().name('foreign'));
    await Promise.all([listener.hears(fix().name('last')), fix().created({ name: fix().name('last') })]);
    const mine = [fix().name('probe'), fix().name('last'), fix().name('net')];
    expect(listener.heard.filter((owner) => owner.startsWith(subject.instance) && !mine.includes(owner))).toEqual([]);
    await enough(session);
  });

  test('an abort ends the stream with its reason', async () => {
    const { listener, stop } = await listen();
    const reason = new Error('no longer wanted');
    stop.abort(reason);
    expect(await listener.ended).toBe(reason);
    expect(await new Listener(fix().containers.changes(stop.signal)).ended).toBe(reason);
  });
}
