import type { Documented } from './documented.ts';
import type { ErrorSentence } from './error-sentences.ts';

export interface Vocabulary {
  readonly clusters: readonly Documented[];
  readonly nodes: readonly Documented[];
  readonly networks: readonly Documented[];
  readonly users: readonly Documented[];
  readonly addressPools: readonly Documented[];
  readonly loadBalancers: readonly Documented[];
  readonly reasons: readonly Documented[];
  readonly errors: readonly ErrorSentence[];
  readonly events: readonly Documented[];
}

/** docs/conditions.md: every word that an object's status and its events may say. */
export const conditionsDocument = (words: Vocabulary): string =>
  `<!-- Generated from crds/conditions.ts, crds/errors.ts and crds/events.ts by \`make generate\`. Do not edit. -->

# Conditions, reasons, events

Every word that a Cluster, a Node, a Network, a User, an AddressPool or a LoadBalancer may say. How to read them is in [operations.md](operations.md).

## Conditions

${table(
  ['kind', 'condition', 'True when'],
  [
    ...rows('Cluster', words.clusters),
    ...rows('Node', words.nodes),
    ...rows('Network', words.networks),
    ...rows('User', words.users),
    ...rows('AddressPool', words.addressPools),
    ...rows('LoadBalancer', words.loadBalancers),
  ],
)}

## Reasons

On the way, or as it was asked for. Where somebody must act, the text says what to do.

${table(
  ['reason', 'meaning'],
  words.reasons.map(({ name, text }) => [code(name), text]),
)}

## Reasons of failures

The message is the whole sentence; here \`<...>\` stands for what it is about. Those that are not tried again are looked at
anew when the object changes, and every half minute all the same; while they stand, the object has the condition
\`Stalled\`.

${table(
  ['reason', 'tried again', 'message'],
  words.errors.map(({ code: name, retryable, text }) => [code(name), retryable ? 'yes' : 'no', text]),
)}

## Events

${table(
  ['reason', 'what happened'],
  words.events.map(({ name, text }) => [code(name), text]),
)}
`;

const code = (name: string): string => `\`${name}\``;

const rows = (kind: string, conditions: readonly Documented[]): string[][] =>
  conditions.map(({ name, text }, index) => [index === 0 ? kind : '', code(name), text]);

const table = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text: string): string =>
  text
    .replaceAll('\n', ' ')
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/<([^<>]+)>/g, (whole, _inner, at: number) => (isInCode(text, at) ? whole : `\`${whole}\``));

/** Whether the character is within backticks already. */
const isInCode = (text: string, at: number): boolean => text.slice(0, at).split('`').length % 2 === 0;
