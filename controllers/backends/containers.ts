/**
 * What we need of a container engine, and no more. Twins: `docker/` (dockerode) and `memory/`. Both pass
 * `containers.contract.ts`.
 *
 * Every method is idempotent and aborts on `signal`, rejecting with its reason. They throw, from the catalogue in
 * crds/errors.ts: EngineUnavailable when the engine cannot be asked (retry), EngineTooOld, OutOfSpace, and what each says;
 * anything else is a bug. What does not exist is `undefined`, an empty list, or for removals success.
 *
 * Identity is by label: `owner` is the value of the label `qbo.io/id`. Names are for people. A container that kind made has
 * no such label: it is found, and its changes are told, under its own id, and its view has no owner.
 */
export interface Containers {
  readonly engine: EngineQueries;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;

  findByOwner(owner: string, signal: AbortSignal): Promise<readonly Container[]>;
  /** Containers that carry all these labels, running or not; an empty value asks only that the label exists. */
  list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Container[]>;
  /** How many run that carry all these labels: one small question, however many there are. */
  countRunning(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number>;
  /** By name or id, whoever made it. For the management container and for finding who holds a name. */
  find(nameOrId: string, signal: AbortSignal): Promise<Container | undefined>;
  /**
   * Creates, and does not start. When one of this owner and name exists already, that one is returned. Throws NameTaken,
   * NetworkMissing, ResourcesExceedHost, and ImageUnavailable when the engine does not have the image: nothing is pulled here.
   */
  create(spec: ContainerSpec, signal: AbortSignal): Promise<Container>;
  /**
   * A container that runs already is left alone. Throws AddressTaken when another holds its address, ContainerNotRunning
   * when it is gone, and NetworkMissing when its network is: connect it to the one that took its place.
   */
  start(id: string, signal: AbortSignal): Promise<void>;
  /** Asks it to stop, and kills it after `graceSeconds`. One that is paused is unpaused for that. */
  stop(id: string, graceSeconds: number, signal: AbortSignal): Promise<void>;
  /** Freezes all its processes. Nothing happens when it is paused already. Throws ContainerNotRunning when it does not run. */
  pause(id: string, signal: AbortSignal): Promise<void>;
  /** Goes on where pause stopped it; one that is not paused is left alone. */
  unpause(id: string, signal: AbortSignal): Promise<void>;
  /**
   * Changes what it may use, while it runs or not; what is absent stays as it is. A limit can be raised to what the host
   * has, and never taken away. Throws ResourcesExceedHost, MemoryInUse when it uses more, ContainerNotRunning when it is gone.
   */
  update(id: string, resources: Resources, signal: AbortSignal): Promise<void>;
  /** Stops it by force and removes it with its anonymous volumes; named volumes stay. Resolves when it is gone. */
  remove(id: string, signal: AbortSignal): Promise<void>;

  /**
   * Runs a command to its end. A non-zero exit is a result, not an error; so is 126 or 127 for a program that can not be
   * run. An abort ends the waiting, not the command. Throws ContainerNotRunning, also when it stops meanwhile.
   */
  exec(id: string, command: ExecCommand, signal: AbortSignal): Promise<ExecResult>;
  /**
   * Starts a command as a transient service of the node's systemd: it lives on when we die. Does nothing when the unit runs
   * or has succeeded; one that failed is started anew. Waits, within the signal, until systemd is up. Throws
   * ContainerNotRunning, NotANodeImage when there is no systemd, UnitRefused.
   */
  startUnit(id: string, unit: UnitSpec, signal: AbortSignal): Promise<void>;
  /** 'absent' also after the container was restarted: transient units do not outlive the node's init. Throws ContainerNotRunning. */
  unitState(id: string, name: string, signal: AbortSignal): Promise<UnitState>;
  /** Waits until the unit has ended or is absent, in one call to the engine. Throws ContainerNotRunning. */
  waitForUnit(id: string, name: string, signal: AbortSignal): Promise<UnitState>;
  /** undefined when there is no such file. Works on stopped containers too; not below /tmp and /run, which are tmpfs. */
  readFile(id: string, path: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Writes whole files, owned by root, making the folders that are missing. Works on stopped containers too; not below /tmp
   * and /run, which are tmpfs. Throws ContainerNotRunning when the container is gone.
   */
  writeFiles(id: string, files: readonly FileContent[], signal: AbortSignal): Promise<void>;

  /**
   * Owner uids whose containers or networks changed. A hint to look, never the truth: may repeat, reorder or miss.
   * Ends when the connection to the engine ends: the caller starts it again, and looks at everything once.
   */
  changes(signal: AbortSignal): AsyncIterable<string>;
}

export interface EngineQueries {
  info(signal: AbortSignal): Promise<EngineInfo>;
}

export interface EngineInfo {
  readonly version: string;
  readonly apiVersion: string;
  readonly cgroupVersion: 1 | 2;
  readonly memoryBytes: number;
  readonly cpus: number;
}

export interface Images {
  /** By reference or id, among the engine's local images. */
  find(reference: string, signal: AbortSignal): Promise<Image | undefined>;
  /** All local images that have a tag. */
  list(signal: AbortSignal): Promise<readonly Image[]>;
  /** Pulls; `onProgress` gets one line at a time. Throws ImageUnavailable, OutOfSpace. */
  pull(reference: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<void>;
}

export interface Image {
  readonly id: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

export interface Networks {
  findByOwner(owner: string, signal: AbortSignal): Promise<readonly ContainerNetwork[]>;
  list(signal: AbortSignal): Promise<readonly ContainerNetwork[]>;
  /** A bridge network. When one of this owner exists already, that one is returned. Throws SubnetTaken, NameTaken. */
  create(spec: NetworkSpec, signal: AbortSignal): Promise<ContainerNetwork>;
  /**
   * Attaches a container, running or not, at a fixed address, or without one at an address that the engine picks at each
   * start; nothing happens when it is there already. Throws AddressTaken (for one that does not run, only when it is
   * started), NetworkMissing, ContainerNotRunning when it is gone.
   */
  connect(networkId: string, containerId: string, address: string | undefined, signal: AbortSignal): Promise<void>;
  disconnect(networkId: string, containerId: string, signal: AbortSignal): Promise<void>;
  /** Throws NetworkInUse while containers are attached. */
  remove(networkId: string, signal: AbortSignal): Promise<void>;
}

export interface NetworkSpec {
  readonly owner: string;
  readonly name: string;
  /** IPv4 CIDR. */
  readonly subnet: string;
  readonly gateway: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerNetwork {
  readonly id: string;
  readonly name: string;
  /** The label `qbo.io/id`, when it has one. */
  readonly owner: string | undefined;
  readonly subnets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface Volumes {
  list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<readonly Volume[]>;
  /** Creates it unless it exists with this owner. Throws NameTaken when it exists without. */
  ensure(
    volume: { owner: string; name: string; labels: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<void>;
  /** Containers that are up, and have one of these mounted so that they can write to it. */
  writers(names: readonly string[], signal: AbortSignal): Promise<readonly VolumeWriter[]>;
  /** Throws VolumeInUse while a container has it, running or not. */
  remove(name: string, signal: AbortSignal): Promise<void>;
}

export interface VolumeWriter {
  readonly volume: string;
  /** Name of the container. */
  readonly container: string;
  /** The container's label `qbo.io/id`, when it has one. */
  readonly owner: string | undefined;
}

export interface Volume {
  readonly name: string;
  readonly owner: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** A Kubernetes node as a container: privileged, its own init, tmpfs on /tmp and /run, no engine-made anonymous volumes. */
export interface ContainerSpec {
  readonly owner: string;
  readonly name: string;
  /** Full host name, at most 63 characters. */
  readonly hostname: string;
  /** Image reference or id. */
  readonly image: string;
  /** Besides `qbo.io/id`, which `owner` gives. */
  readonly labels: Readonly<Record<string, string>>;
  /** Without an address the engine picks one at each start: all that a network without a subnet of its own allows. */
  readonly network: { readonly id: string; readonly address?: string };
  readonly volumes: readonly { readonly name: string; readonly target: string }[];
  /** Host paths. */
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
  /** TCP ports to publish on a port of the host's loopback address that the engine picks at each start. */
  readonly publishOnLoopback: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
  readonly resources?: Resources;
}

/** What a container may use of the host; what is absent has no limit. */
export interface Resources {
  /** Thousandths of a CPU. */
  readonly millicpus?: number;
  /** Without swap. */
  readonly memoryBytes?: number;
}

export interface Container {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly owner: string | undefined;
  readonly hostname: string;
  readonly image: { readonly reference: string; readonly id: string };
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead' | 'removing';
  /** Why it is not running, when the engine knows: exit code, out of memory, its error text. '' otherwise. */
  readonly stateDetail: string;
  /** RFC 3339; '' when it never started. */
  readonly startedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ids of the networks that it is attached to, or will be when it starts; may name one that is gone. */
  readonly networks: readonly string[];
  /** Fixed (or, failing that, current) IPv4 address by network id; may name a network that is gone. One that is not fixed is there only while it runs. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Port on the host's loopback address by published TCP port. Empty while it does not run; may differ after each start. */
  readonly publishedPorts: Readonly<Record<number, number>>;
  readonly resources: Resources;
}

export interface ExecCommand {
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Of each output at most the last mebibyte. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface UnitSpec {
  /** Without `.service`. */
  readonly name: string;
  /** Taken literally: nothing in it is expanded. The program is found on the node's PATH. */
  readonly argv: readonly string[];
  /** Output, appended to this file in the node. */
  readonly logFile: string;
}

export type UnitState =
  | { readonly state: 'absent' }
  | { readonly state: 'running' }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly exitCode: number };

export interface FileContent {
  readonly path: string;
  readonly content: string;
  /** Permission bits, for instance 0o600. */
  readonly mode: number;
}
