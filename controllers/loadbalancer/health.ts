import type { LoadBalancer, LoadBalancerSpec } from '../../crds/load-balancer.ts';
import type { Node } from '../../crds/node.ts';
import type { Prober, Target } from '../backends/prober.ts';
import { isDeleting } from '../identity.ts';
import { pause } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import { Deadline } from '../runtime/deadline.ts';
import { keyOf } from '../runtime/object.ts';
import type { ObjectKey, Stored } from '../runtime/object.ts';
import type { ReadonlyStore } from '../runtime/store.ts';
import { asError } from '../runtime/thrown.ts';
import { candidatesOf } from './members.ts';

export interface HealthOptions {
  readonly prober: Prober;
  readonly clock: Clock;
  readonly loadBalancers: ReadonlyStore<Stored<LoadBalancer>>;
  readonly nodesOf: (loadBalancer: LoadBalancer) => readonly Node[];
  /** Whoever has a member of whom something else is known now. */
  readonly wake: (key: ObjectKey) => void;
}

type Check = NonNullable<LoadBalancerSpec['healthCheck']>;

interface Patient {
  /** Undefined until enough was seen. */
  isHealthy: boolean | undefined;
  /** How often in a row the answer was the other one. */
  otherwise: number;
  /** Monotonic. */
  nextAt: number;
  isAsked: boolean;
  why: string;
}

/** The shortest interval that can be asked for. */
const TICK_MS = 1_000;

/**
 * Asks members of load balancers that have a health check, again and again. What is known is lost with the operator: until it is
 * known again, whoever was a member stays one.
 */
export class HealthChecks {
  readonly #options: HealthOptions;
  /** By uid of the load balancer and address of the member. */
  readonly #patients = new Map<string, Patient>();
  /** Absent before it runs. */
  #signal: AbortSignal | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Undefined: nobody knows yet, and it is being asked. */
  isHealthy(loadBalancer: Stored<LoadBalancer>, address: string): boolean | undefined {
    const known = this.#patients.get(patientKey(loadBalancer, address));
    if (known === undefined && this.#signal !== undefined) this.#askMembers(loadBalancer, this.#signal);
    return known?.isHealthy;
  }

  /** What the members that do not answer said last. */
  complaints({ metadata }: Stored<LoadBalancer>): readonly string[] {
    return [...this.#patients].flatMap(([key, { isHealthy, why }]) => {
      const [uid, address = ''] = key.split(' ');
      return uid === metadata.uid && isHealthy === false ? [`${address}: ${why}`] : [];
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    while (await pause(this.#options.clock, TICK_MS, signal)) this.#askAll(signal);
  }

  #askAll(signal: AbortSignal): void {
    const all = this.#options.loadBalancers.list();
    const seen = new Set(all.flatMap((loadBalancer) => this.#askMembers(loadBalancer, signal)));
    for (const key of this.#patients.keys()) if (!seen.has(key)) this.#patients.delete(key);
  }

  /** Those whose time has come; keys of all that it has. */
  #askMembers(loadBalancer: Stored<LoadBalancer>, signal: AbortSignal): readonly string[] {
    const { clock, nodesOf } = this.#options;
    const { healthCheck: check } = loadBalancer.spec;
    if (check === undefined || isDeleting(loadBalancer)) return [];
    return candidatesOf(loadBalancer.spec, nodesOf(loadBalancer)).map(({ address }) => {
      const key = patientKey(loadBalancer, address);
      const known = this.#patients.get(key) ?? newPatient();
      this.#patients.set(key, known);
      if (!known.isAsked && clock.monotonic() >= known.nextAt) {
        // Whoever waits for one that comes up waits no longer than he must.
        known.nextAt = clock.monotonic() + (known.isHealthy === true ? check.intervalSeconds * 1000 : TICK_MS);
        void this.#ask(known, { loadBalancer, check, address }, signal);
      }
      return key;
    });
  }

  async #ask(
    patient: Patient,
    of: { readonly loadBalancer: Stored<LoadBalancer>; readonly check: Check; readonly address: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { loadBalancer, check, address } = of;
    const seconds = String(check.timeoutSeconds);
    const message = `no answer within ${seconds} s`;
    const deadline = new Deadline(this.#options.clock, check.timeoutSeconds * 1000, message, signal);
    patient.isAsked = true;
    let why = '';
    try {
      await this.#options.prober.probe(targetOf(loadBalancer.spec, check, address), deadline.signal);
    } catch (error) {
      why = deadline.signal.aborted ? message : asError(error).message;
    } finally {
      deadline.clear();
      patient.isAsked = false;
    }
    if (!signal.aborted && judge(patient, check, why)) this.#options.wake(keyOf(loadBalancer));
  }
}

const patientKey = ({ metadata }: Stored<LoadBalancer>, address: string): string => `${metadata.uid} ${address}`;

const newPatient = (): Patient => ({ isHealthy: undefined, otherwise: 0, nextAt: 0, isAsked: false, why: '' });

function targetOf(spec: LoadBalancerSpec, check: Check, address: string): Target {
  const [first] = spec.ports;
  const port = check.port ?? first?.targetPort ?? first?.port ?? 0;
  return { protocol: check.protocol, address, port, path: check.path, payload: check.payload };
}

/** Whether the verdict is another now. The first answer counts by itself; after that it takes several to change it. */
function judge(patient: Patient, { successes, failures }: Check, why: string): boolean {
  const isWell = why === '';
  patient.why = why;
  if (patient.isHealthy === isWell) {
    patient.otherwise = 0;
    return false;
  }
  patient.otherwise += 1;
  const needed = patient.isHealthy === undefined ? 1 : isWell ? successes : failures;
  if (patient.otherwise < needed) return false;
  patient.isHealthy = isWell;
  patient.otherwise = 0;
  return true;
}
