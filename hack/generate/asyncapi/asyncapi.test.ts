import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { parseCommand } from '../../../api/wire/command.ts';
import { encode } from '../../../api/wire/encode.ts';
import { messageSchema, PAYLOAD_KEYS } from '../../../api/wire/message.ts';
import { requestSchema } from '../../../api/wire/request.ts';
import { documentedRequests, messageViolations, requestViolations } from '../../../test/fixtures/asyncapi/document.ts';
import { messageExamples } from './message-examples.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'api', 'asyncapi.yaml'), 'utf8');

/** An error (0) or a warning (1); the rest is taste. */
const isWrong = ({ severity }: { severity: number }): boolean => severity <= 1;

describe('api/asyncapi.yaml', () => {
  test('is a valid AsyncAPI document', async () => {
    const { document, diagnostics } = await new Parser().parse(text);
    const wrong = diagnostics.filter(isWrong);
    expect(wrong.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.allMessages().length).toBe(PAYLOAD_KEYS.length + 1);
  });

  test.each([
    ['an operation that is none', 'action: receive', 'action: shout'],
    ['a message that is not there', '#/components/messages/request', '#/components/messages/nothing'],
    ['a schema that is none', 'maxLength: 4096', 'maxLength: long'],
  ])('would not be valid with %s', async (_, right, wrong) => {
    expect(text).toContain(right);
    const { diagnostics } = await new Parser().parse(text.replace(right, wrong));
    expect(diagnostics.filter(isWrong)).not.toEqual([]);
  });

  test('every message that we send has an example', () => {
    for (const key of PAYLOAD_KEYS) expect(messageExamples[key]).not.toEqual([]);
  });
});

describe('examples', () => {
  const requestViolation = requestViolations();
  test.each(documentedRequests().map((payload) => [payload.cmd, payload] as const))(
    'the request %s keeps its schema and is understood',
    (cmd, payload) => {
      expect(requestViolation(payload)).toEqual([]);
      expect(requestSchema.parse(payload)).toEqual(payload);
      expect(parseCommand(cmd).line).toMatch(/^qbo /);
    },
  );

  const violations = messageViolations();
  test.each(
    PAYLOAD_KEYS.flatMap((key) => messageExamples[key].map((example) => [key, example.name, example] as const)),
  )('the %s message %s keeps its schema, and survives being encoded', (key, _, { payload }) => {
    expect(violations(payload)).toEqual([]);
    expect(messageSchema(key).parse(payload)).toEqual(payload);
    expect(violations(JSON.parse(encode(payload, payload)))).toEqual([]);
  });
});

describe('what a message must not be', () => {
  const [first] = messageExamples.nodes;
  const good = JSON.parse(JSON.stringify(first?.payload)) as { nodes: Record<string, unknown>[] };
  const [row] = good.nodes;
  const violations = messageViolations();
  test.each<[string, object, RegExp]>([
    ['no payload', { ...good, nodes: undefined }, /none of the payloads|required property 'nodes'|must be array/],
    ['two payloads', { ...good, pods: [] }, /nodes and pods/],
    ['a payload that is no list', { ...good, nodes: row }, /\/nodes must be array/],
    ['a time in words', { ...good, timestamp: '1686713251461070' }, /\/timestamp must be integer/],
    ['a field that nobody knows', { ...good, colour: 'red' }, /unevaluated/],
    ['a row with a field that nobody knows', { ...good, nodes: [{ ...row, colour: 'red' }] }, /additional/],
    ['a row that lacks one', { ...good, nodes: [{ name: 'x' }] }, /required property 'id'/],
    ['a short id', { ...good, nodes: [{ ...row, id: '98650026' }] }, /\/nodes\/0\/id must match pattern/],
    ['a state of its own', { ...good, nodes: [{ ...row, state: 'Ready' }] }, /\/nodes\/0\/state must be equal/],
    ['a command_id that is none', { ...good, command_id: '1' }, /\/command_id must match format "uuid"/],
  ])('%s is found', (_, document, sentence) => {
    expect(violations(JSON.parse(JSON.stringify(document))).join('\n')).toMatch(sentence);
  });
});
