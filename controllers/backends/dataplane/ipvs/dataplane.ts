import type { Clock } from '../../../runtime/clock.ts';
import type { Applied, Capabilities, Dataplane, Desired, Observed, Refusal, VirtualService } from '../../dataplane.ts';
import { FORWARDING, PROTOCOLS, SCHEDULERS, serviceKey } from '../../dataplane.ts';
import { bindable, bindChanges } from '../addresses.ts';
import type { Interfaces } from '../addresses.ts';
import { admit } from '../admission.ts';
import { canonical } from '../canonical.ts';
import { differences } from '../diff.ts';
import { setGate } from '../docker-gate.ts';
import type { Mark } from '../mark.ts';
import { readListing } from '../nftables/listing.ts';
import { lastWords, succeed } from '../tools.ts';
import type { Output, Tools } from '../tools.ts';
import { KernelView } from '../view.ts';
import { companionOf, companionTransaction, interpretCompanion, NO_COMPANION, notedKeys, noteOf } from './companion.ts';
import type { Companion } from './companion.ts';
import { batchOf, parseRules, parseStats } from './rules.ts';
import type { IpvsService } from './rules.ts';
import { endingConnections, setSysctls } from './sysctls.ts';

export interface IpvsOptions {
  readonly tools: Tools;
  readonly mark: Mark;
  readonly clock: Clock;
  /** Why this kind was chosen. */
  readonly why: string;
}

const REMOVAL = /^-[dD] /;
const SAVE = ['ipvsadm', '-S', '-n'] as const;

/** Everything that is there, ours or not. */
interface Found {
  readonly interfaces: Interfaces;
  readonly companion: Companion;
  readonly rules: readonly IpvsService[];
}

/**
 * The kernel's own balancer, with a table of nftables beside it for what it has no means for: whose a service is, which
 * clients may use it, and sources that have to be translated. Ours is what is written down there, and whatever is balanced
 * on an address of ours.
 */
export class IpvsDataplane implements Dataplane {
  readonly #options: IpvsOptions;
  readonly #view: KernelView<Companion>;

  constructor(options: IpvsOptions) {
    this.#options = options;
    this.#view = new KernelView({
      ...options,
      readTable: (signal) => this.#readCompanion(signal),
      // IPVS tells nobody of its changes.
      sweep: (signal) => succeed(options.tools, SAVE, '', signal),
    });
  }

  async describe(signal: AbortSignal): Promise<Capabilities> {
    signal.throwIfAborted();
    return this.#able;
  }

  get #able(): Capabilities {
    const { why } = this.#options;
    return { kind: 'IPVS', why, schedulers: SCHEDULERS, forwarding: FORWARDING, protocols: PROTOCOLS };
  }

  async read(signal: AbortSignal): Promise<Observed> {
    const [found, statistics] = await Promise.all([
      this.#look(signal),
      succeed(this.#options.tools, ['ipvsadm', '-L', '-n', '--stats', '--exact'], '', signal),
    ]);
    const state = observe(found);
    const counters = parseStats(statistics);
    return {
      ...state,
      counters: new Map(
        state.services.map(serviceKey).flatMap((key) => {
          const counted = counters.get(key);
          return counted === undefined ? [] : [[key, counted] as const];
        }),
      ),
    };
  }

  async apply(desired: Desired, signal: AbortSignal): Promise<Applied> {
    const { tools, mark } = this.#options;
    const [found, gates] = await Promise.all([this.#look(signal), this.#setGate(desired.services.length > 0, signal)]);
    const bound = bindable(desired.addresses, found.interfaces);
    const admitted = admit({ addresses: bound.addresses, services: desired.services }, this.#able, bound.refused);
    const wanted = canonical(admitted.desired);
    const state = observe(found);
    const changes = differences(state, wanted);

    const sysctls = wanted.services.length > 0 ? await setSysctls(tools, signal) : 0;
    // What is to go stays written down until it is gone: dying in between, we know it for ours again.
    const noted = await this.#note(found.companion, withLeaving(wanted, state), signal);
    if (await bindChanges(tools, changes, { metric: mark.metric, signal })) this.#view.interfaces.forget();
    const complaints = await this.#write(batchOf(changes), signal);
    const rewritten = await this.#note(noted.companion, wanted, signal);

    const isRepair = sysctls + noted.lines + rewritten.lines + gates > 0;
    const failed = complaints === '' ? [] : await this.#notDone(wanted, complaints, signal);
    return {
      changed: Math.max(changes.length, isRepair ? 1 : 0),
      refused: [...admitted.refused, ...failed],
    };
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#view.changes(signal);
  }

  async #setGate(isOpen: boolean, signal: AbortSignal): Promise<number> {
    const { tools, mark } = this.#options;
    const written = await setGate({ tools, comment: mark.comment }, await this.#view.gate.get(signal), isOpen, signal);
    if (written > 0) this.#view.gate.forget();
    return written;
  }

  async #look(signal: AbortSignal): Promise<Found> {
    const [interfaces, companion, rules] = await Promise.all([
      this.#view.interfaces.get(signal),
      this.#view.table.get(signal),
      succeed(this.#options.tools, SAVE, '', signal),
    ]);
    return { interfaces, companion, rules: parseRules(rules) };
  }

  async #readCompanion(signal: AbortSignal): Promise<Companion> {
    const { tools, mark } = this.#options;
    const listing = await readListing(tools, mark.table, signal);
    return listing === undefined ? NO_COMPANION : interpretCompanion(listing);
  }

  async #note(
    companion: Companion,
    desired: Desired,
    signal: AbortSignal,
  ): Promise<{ readonly companion: Companion; readonly lines: number }> {
    const { tools, mark } = this.#options;
    const lines = companionTransaction(mark.table, companion, desired);
    if (lines.length === 0) return { companion, lines: 0 };
    const after = companionOf(desired);
    const write = (): Promise<string> => succeed(tools, ['nft', '-f', '-'], `${lines.join('\n')}\n`, signal);
    await this.#view.table.write(after, write);
    return { companion: after, lines: lines.length };
  }

  /** What it complained of. It goes on after a line that fails, and its exit code is that of the last one: only words tell. */
  async #write(batch: readonly string[], signal: AbortSignal): Promise<string> {
    if (batch.length === 0) return '';
    const { tools, clock } = this.#options;
    const write = (): Promise<Output> => tools.run(['ipvsadm', '-R'], `${batch.join('\n')}\n`, signal);
    const removes = batch.some((line) => REMOVAL.test(line));
    const { exitCode, stderr } = removes ? await endingConnections({ tools, clock }, write, signal) : await write();
    return exitCode === 0 && stderr.trim() === '' ? '' : lastWords(stderr);
  }

  /**
   * Services that are not as they were written, and why. Complaints name no line: each service is written once more by
   * itself, as far as there are not too many.
   */
  async #notDone(wanted: Desired, complaints: string, signal: AbortSignal): Promise<readonly Refusal[]> {
    const left = differences(observe(await this.#look(signal)), wanted);
    const byService = Map.groupBy(
      left.filter((change) => 'service' in change),
      ({ service }) => serviceKey(service),
    );
    const refused: Refusal[] = [];
    for (const [subject, changes] of byService) {
      const isTold = refused.length < TRIED_AGAIN;
      const said = isTold ? await this.#write(batchOf(changes), signal) : complaints;
      const [{ service }] = changes as [(typeof changes)[number]];
      if (said !== '') refused.push({ subject, why: whyRefused(service, said) });
    }
    return refused;
  }
}

const TRIED_AGAIN = 16;

/** What ipvsadm says in a few words, in a sentence. */
function whyRefused({ scheduler, protocol }: VirtualService, said: string): string {
  if (said.includes('Scheduler')) return `The kernel's IPVS has no scheduler ${scheduler} (${said}).`;
  if (/Protocol not/.test(said)) return `The kernel's IPVS does not speak ${protocol} (${said}).`;
  return `IPVS would not take it: ${said}.`;
}

function observe({ interfaces, companion, rules }: Found): Desired {
  const noted = notedKeys(companion);
  const bound = new Set(interfaces.ours.map(({ address }) => address));
  const services = rules
    .filter((rule) => noted.has(serviceKey(rule)) || bound.has(rule.address))
    // Without a note it is nobody's: whatever is wanted of it differs.
    .map((rule) => ({ owner: '', ...noteOf(companion, rule), ...rule }));
  return canonical({ addresses: interfaces.ours, services });
}

/** What is wanted, and what is there and not wanted. */
function withLeaving(wanted: Desired, state: Desired): Desired {
  const keys = new Set(wanted.services.map(serviceKey));
  const leaving = state.services.filter((service) => !keys.has(serviceKey(service)));
  const addresses = new Set(wanted.addresses.map(({ address }) => address));
  return {
    addresses: [...wanted.addresses, ...state.addresses.filter(({ address }) => !addresses.has(address))],
    services: [...wanted.services, ...leaving],
  };
}
