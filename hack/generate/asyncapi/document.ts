import { COMMANDS } from '../../../api/wire/commands.ts';
import { usage } from '../../../api/wire/help.ts';
import { envelopeSchema, PAYLOAD_KEYS, payloadSchemas } from '../../../api/wire/message.ts';
import type { PayloadKey } from '../../../api/wire/message.ts';
import { requestSchema } from '../../../api/wire/request.ts';
import { STATUS } from '../../../api/wire/status.ts';
import type { Example } from './example.ts';
import { messageExamples } from './message-examples.ts';
import { requestExamples } from './request-examples.ts';
import { jsonSchema } from './json-schema.ts';
import type { JsonSchema } from './json-schema.ts';

const ref = (...path: string[]): object => ({ $ref: `#/${path.join('/')}` });
const cookie = (name: string, description: string): object => ({
  type: 'httpApiKey',
  in: 'cookie',
  name,
  description,
});

/** The AsyncAPI document of the bridge, made of what the bridge itself checks by. */
export const asyncapiDocument = (version: string): object => ({
  asyncapi: '3.0.0',
  id: 'urn:qbo:api',
  info: {
    title: 'QBO AsyncAPI',
    version,
    description: INFO,
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  servers,
  channels: {
    qbo: {
      address: '/qbo',
      title: 'Mirror',
      description: CHANNEL,
      servers: [ref('servers', 'local'), ref('servers', 'secure')],
      messages: Object.fromEntries(['request', ...SENT].map((name) => [name, ref('components', 'messages', name)])),
      bindings: { ws: { method: 'GET', headers: HEADERS, bindingVersion: '0.1.0' } },
    },
  },
  operations,
  components: {
    messages: {
      request: {
        name: 'request',
        title: 'Command',
        summary: 'A command line, and the mirror that it belongs to.',
        payload: ref('components', 'schemas', 'request'),
        examples: requestExamples.map(written),
      },
      ...Object.fromEntries(PAYLOAD_KEYS.map((key) => [key, messageOf(key)])),
    },
    schemas: {
      request: { ...jsonSchema(requestSchema), description: GRAMMAR },
      envelope: {
        description: 'What every message says of itself.',
        ...jsonSchema(envelopeSchema),
      },
      ...Object.fromEntries(PAYLOAD_KEYS.flatMap((key) => [rowsOf(key), payloadOf(key)])),
    },
    securitySchemes: {
      qbo_uid: cookie(
        'qbo_uid',
        'A web token (a uuid), or a service account: the JWE (compact; ECDH-ES with the public key of the account, P-521; ' +
          'A256CBC-HS512) of what qbo_aux says.',
      ),
      qbo_aux: cookie(
        'qbo_aux',
        'The uuid of a service account; empty, or absent, with a web token. Goes with qbo_uid.',
      ),
    },
  },
});

/** What the command line says of itself never goes over the wire, but is documented with the rest. */
const SENT = PAYLOAD_KEYS.filter((key) => key !== 'cli');

const servers = {
  local: {
    host: 'localhost:9601',
    protocol: 'ws',
    description: 'On the same machine, without authentication: the default. It listens nowhere else.',
  },
  secure: {
    host: '{host}:{port}',
    protocol: 'wss',
    description: 'Behind TLS, for users with an account.',
    variables: {
      host: { default: 'localhost', description: 'Host name of the bridge.' },
      port: { default: '443', examples: ['443', '9601'], description: 'Port of the bridge.' },
    },
    security: [ref('components', 'securitySchemes', 'qbo_uid'), ref('components', 'securitySchemes', 'qbo_aux')],
  },
};

const answers = SENT.map((key) => ref('channels', 'qbo', 'messages', key));

const operations = {
  qboCommandInput: {
    action: 'receive',
    title: 'Command',
    summary: 'A client sends a command.',
    channel: ref('channels', 'qbo'),
    messages: [ref('channels', 'qbo', 'messages', 'request')],
    reply: { channel: ref('channels', 'qbo'), messages: answers },
  },
  qboCommandOutput: {
    action: 'send',
    title: 'Answers and changes',
    summary: 'The bridge answers, tells the whole mirror of every command, and sends the changes that are watched.',
    channel: ref('channels', 'qbo'),
    messages: answers,
  },
};

const HEADERS = {
  type: 'object',
  properties: {
    'Sec-WebSocket-Protocol': { type: 'string', enum: ['qbo'], description: 'May be absent.' },
    Cookie: { type: 'string', description: 'qbo_uid and qbo_aux, where the bridge knows accounts.' },
  },
};

const written = ({ name, summary, payload }: Example): object => ({ name, summary, payload });

const rowName = (key: PayloadKey): string => `${key}Row`;

function rowsOf(key: PayloadKey): [string, JsonSchema] {
  const { items } = jsonSchema(payloadSchemas[key]) as { items: JsonSchema };
  return [rowName(key), items];
}

function payloadOf(key: PayloadKey): [string, JsonSchema] {
  const { description } = payloadSchemas[key];
  const items = ref('components', 'schemas', rowName(key));
  return [
    key,
    {
      allOf: [
        { type: 'object', properties: { [key]: { description, type: 'array', items } }, required: [key] },
        ref('components', 'schemas', 'envelope'),
      ],
    },
  ];
}

const messageOf = (key: PayloadKey): object => ({
  name: key,
  title: payloadSchemas[key].description?.replace(/\.$/, ''),
  payload: ref('components', 'schemas', key),
  examples: messageExamples[key].map(written),
});

const INFO = `Kubernetes clusters of Docker containers, by command lines over one websocket.

A client sends a command and gets messages, each one JSON document. All sockets of a user share a mirror: each sees the
commands of all. A command is answered by

1. \`202\`, \`input\`: it is accepted;
2. \`201\`, \`output\`: it has begun (not for what is done at once);
3. \`200\`, any number: rows, or \`output\` with what a long command is at;
4. \`CMD_DONE\`, \`output\`: its end, with the code 200 or the code of its failure.

A command that fails says why, and what to do, in an \`output\` message with the failing code, and then ends with
\`CMD_DONE\` and the same code. All its messages have one \`command_id\`.

| code | |
| --- | --- |
${Object.entries(STATUS)
  .map(([code, text]) => `| ${code} | ${text} |`)
  .join('\n')}

A watch (\`-w\`) does not end: a snapshot comes, then each change, as messages of the same shape that hold only the rows
that have changed; a row that is gone comes once more with \`state\` \`deleted\`. Changes are numbered (\`sequence\`) within
their stream, whose id the \`201\` message names and which is the \`command_id\` of its changes. A client that was cut off
sends the command again with \`resume\`. \`resync\` marks rows that replace all that were sent before.

A client must bear with fields that it does not know.
`;

const CHANNEL = `One websocket a client. Without a valid cookie, where the bridge knows accounts, the upgrade is answered with
401 and nothing else.`;

const GRAMMAR = `A command line without the leading \`qbo\`. Options may stand anywhere behind the command, their values attached or not
(\`-n3\`, \`-n 3\`, \`--nodes=3\`); a word is kept together by quotes; an object may be shortened to any beginning that only
it has.

${COMMANDS.filter(({ isHidden }) => isHidden !== true)
  .map((entry) => `    ${usage(entry)}`)
  .join('\n')}
`;
