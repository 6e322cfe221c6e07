import { z } from 'zod';
import { MAX_LINE } from './words.ts';

export const requestSchema = z.object({
  cmd: z.string().max(MAX_LINE).describe('Command line, without the leading `qbo`.'),
  uuid: z.guid().describe('Id of the mirror: the same in all requests of a user.'),
  id: z
    .guid()
    .describe(
      'Ours. Becomes the command_id of every answer, so that a client knows its own command among those of others in its mirror. ' +
        'Refused (409) while a command of this id is in flight.',
    )
    .exactOptional(),
  resume: z
    .object({
      stream: z.guid().describe('Id of the stream, as the 201 message of the watch named it.'),
      after: z.int().min(0).describe('sequence of the last message that was received.'),
    })
    .describe(
      'Ours. With a watch (-w): go on after this message. Where the bridge remembers it no more, a snapshot comes, marked `resync`.',
    )
    .exactOptional(),
});

export type Request = Readonly<z.infer<typeof requestSchema>>;
