/**
 * What the operator and its helper say to each other: one JSON document a line, UTF-8, over the standard input and output of
 * the helper. Requests have a number, which their answer carries; several may be under way. The helper speaks first, and
 * says which version of this it speaks; both sides come from one image, so they never differ for long.
 *
 *     <- {"hello":1}
 *     -> {"id":1,"method":"apply","desired":{"addresses":[...],"services":[...]}}
 *     <- {"id":1,"result":{"changed":3,"refused":[]}}
 *     <- {"event":"changed"}
 *     -> {"id":2,"method":"read"}
 *     <- {"id":2,"error":"nft: Operation not permitted"}
 */
import { z } from 'zod';
import { FORWARDING, PROTOCOLS, SCHEDULERS } from '../../dataplane.ts';
import type { Applied, Capabilities, Desired, Observed } from '../../dataplane.ts';

export const VERSION = 1;

const address = z.object({ address: z.string(), interface: z.string() });
const member = z.object({ address: z.string(), port: z.number(), weight: z.number() });
const service = z.object({
  owner: z.string(),
  protocol: z.enum(PROTOCOLS),
  address: z.string(),
  port: z.number(),
  scheduler: z.enum(SCHEDULERS),
  forwarding: z.enum(FORWARDING),
  persistenceSeconds: z.number().optional(),
  sourceRanges: z.array(z.string()).optional(),
  keepsSource: z.boolean().optional(),
  members: z.array(member),
});
const desired = z.object({ addresses: z.array(address), services: z.array(service) });
const carried = z.object({ packets: z.number(), bytes: z.number() });
const counters = z.object({ connections: z.number(), inbound: carried, outbound: carried });

export const requestSchema = z.discriminatedUnion('method', [
  z.object({ id: z.number(), method: z.literal('describe') }),
  z.object({ id: z.number(), method: z.literal('read') }),
  z.object({ id: z.number(), method: z.literal('apply'), desired }),
]);
export type Request = z.output<typeof requestSchema>;
export type Method = Request['method'];

export const answerSchema = z.union([
  z.object({ hello: z.number() }),
  z.object({ event: z.literal('changed') }),
  z.object({ id: z.number(), result: z.unknown() }),
  /** Why the dataplane can not be asked. */
  z.object({ id: z.number(), error: z.string() }),
]);
export type Answer = z.output<typeof answerSchema>;

const results = {
  describe: z.object({
    kind: z.enum(['IPVS', 'nftables', 'Memory']),
    why: z.string(),
    schedulers: z.array(z.enum(SCHEDULERS)),
    forwarding: z.array(z.enum(FORWARDING)),
    protocols: z.array(z.enum(PROTOCOLS)),
  }),
  read: desired.extend({ counters: z.array(z.tuple([z.string(), counters])) }),
  apply: z.object({ changed: z.number(), refused: z.array(z.object({ subject: z.string(), why: z.string() })) }),
};

/** What optional fields are on the wire: absent, never undefined. */
const fromWire = (value: z.output<typeof desired>): Desired => JSON.parse(JSON.stringify(value)) as Desired;

export const capabilitiesFrom = (result: unknown): Capabilities => results.describe.parse(result);
export const appliedFrom = (result: unknown): Applied => results.apply.parse(result);
export function observedFrom(result: unknown): Observed {
  const { counters: counted, ...state } = results.read.parse(result);
  return { ...fromWire(state), counters: new Map(counted) };
}
export const desiredFrom = (request: Extract<Request, { method: 'apply' }>): Desired => fromWire(request.desired);

export const observedToWire = ({ counters: counted, ...state }: Observed): unknown => ({
  ...state,
  counters: [...counted],
});
