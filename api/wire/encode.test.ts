import { expect, test } from '@jest/globals';
import { encode } from './encode.ts';
import { envelopeSchema } from './message.ts';
import type { Envelope } from './message.ts';

const envelope: Envelope = {
  resync: true,
  sequence: 7,
  vhost: 'default',
  thread_id: 3,
  wsi: '0x1',
  source: 'api',
  host: 'localhost',
  peer: '127.0.0.1',
  agent: 'qbo-api/0.1.0',
  user: 'local@localhost',
  uuid: 'de66b27a-74f5-4413-b86d-1f9c25cd7007',
  callback: 'none',
  apicommand: 'APICMD_NONE',
  subcommand: 'SUBCMD_NODE',
  command: 'CMD_GET',
  command_line: 'qbo get nodes',
  command_id: '1ed73c50-26ee-47e1-ae3e-3cfad50d4c06',
  code: 200,
  status: 'OK',
  timestamp: 1_686_713_251_461_070,
};

test('a message has its payload first, then the envelope in the published order, whatever order it was given in', () => {
  const text = encode({ output: [{ message: 'hello' }] }, envelope);
  expect(Object.keys(JSON.parse(text) as object)).toEqual([
    ...'output timestamp status code command_id command_line command subcommand apicommand callback uuid user'.split(
      ' ',
    ),
    ...'agent peer host source wsi thread_id vhost sequence resync'.split(' '),
  ]);
});

test('every field of the envelope is written, and what is absent is not', () => {
  const written = JSON.parse(encode({ nodes: [] }, envelope)) as object;
  expect(Object.keys(written).sort()).toEqual(['nodes', ...Object.keys(envelopeSchema.shape)].sort());
  const { callback: _, sequence: _s, resync: _r, ...rest } = envelope;
  const text = encode({ nodes: [] }, rest);
  expect(text).toMatch(/^\{"nodes":\[\],"timestamp":1686713251461070,/);
  expect(text).not.toMatch(/callback|sequence|resync/);
});
