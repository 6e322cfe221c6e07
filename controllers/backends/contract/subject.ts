import type { Container, ContainerNetwork, Containers, ContainerSpec, ExecCommand, ExecResult } from '../containers.ts';

/** What the contract needs besides the engine that it is held against. */
export interface Subject {
  readonly containers: Containers;
  /** Value of the label `qbo.io/instance` on everything that the tests make: what carries it is removed after each. */
  readonly instance: string;
  /** An image with the label `io.qbo.contract=yes`, the entry point `/init`, sh, cat, sleep and true, and no systemd. */
  readonly plainImage: string;
  /** An image whose init is systemd. */
  readonly nodeImage: string;
  /** Somebody else's hands on the same engine. */
  readonly outside: Outside;
  /** Waits for a promise, letting time pass where time is not real. */
  finish<T>(promise: Promise<T>): Promise<T>;
}

export interface Outside {
  kill(container: string): Promise<void>;
  remove(container: string): Promise<void>;
  /** A network, volume or running container without an owner, but with the label of the instance. */
  makeNetwork(name: string, subnet: string): Promise<void>;
  makeVolume(name: string): Promise<void>;
  /** Something that runs in a container takes so much memory, and keeps it. */
  useMemory(container: string, mebibytes: number): Promise<void>;
  makeContainer(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
}

/** Test objects of one subject: names and subnets that nobody else on the engine has. */
export class Fixture {
  readonly subject: Subject;
  readonly signal: AbortSignal;

  constructor(subject: Subject, signal: AbortSignal) {
    this.subject = subject;
    this.signal = signal;
  }

  get containers(): Containers {
    return this.subject.containers;
  }

  name(text: string): string {
    return `${this.subject.instance}-${text}`;
  }

  get labels(): Record<string, string> {
    return { 'qbo.io/instance': this.subject.instance };
  }

  /** 10.231.0.0/16 is used by nothing else of ours. */
  network(text = 'net', subnet = '10.231.7.0/24'): Promise<ContainerNetwork> {
    const gateway = subnet.replace(/\d+\/\d+$/, (last) => String(Number.parseInt(last) + 1));
    const spec = { owner: this.name(text), name: this.name(text), subnet, gateway, labels: this.labels };
    return this.containers.networks.create(spec, this.signal);
  }

  async spec(more: Partial<ContainerSpec> & { address?: string } = {}): Promise<ContainerSpec> {
    const { address = '10.231.7.3', ...rest } = more;
    const name = rest.name ?? this.name('node');
    return {
      owner: name,
      name,
      hostname: 'node.test',
      image: this.subject.plainImage,
      labels: this.labels,
      network: rest.network ?? { id: (await this.network()).id, address },
      volumes: [],
      mounts: [],
      publishOnLoopback: [],
      environment: {},
      ...rest,
    };
  }

  async created(more: Partial<ContainerSpec> & { address?: string } = {}): Promise<Container> {
    return this.containers.create(await this.spec(more), this.signal);
  }

  async running(more: Partial<ContainerSpec> & { address?: string } = {}): Promise<Container> {
    const { id } = await this.created(more);
    await this.containers.start(id, this.signal);
    return this.existing(id);
  }

  async existing(nameOrId: string): Promise<Container> {
    const found = await this.containers.find(nameOrId, this.signal);
    if (found === undefined) throw new Error(`${nameOrId} is gone`);
    return found;
  }

  exec(id: string, command: ExecCommand): Promise<ExecResult> {
    return this.containers.exec(id, command, this.signal);
  }

  /** Removes everything that carries the instance's label. */
  async cleanUp(): Promise<void> {
    const { containers, signal, labels } = this;
    for (const { id } of await containers.list(labels, signal)) await containers.remove(id, signal);
    for (const { name } of await containers.volumes.list(labels, signal)) await containers.volumes.remove(name, signal);
    for (const { id, labels: own } of await containers.networks.list(signal))
      if (own['qbo.io/instance'] === this.subject.instance) await containers.networks.remove(id, signal);
  }
}

/** The error that a promise rejects with; fails when it does not. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`Expected a rejection, and it gave ${JSON.stringify(outcome.value)}`);
  return outcome.error as Error;
}
