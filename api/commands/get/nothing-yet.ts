import { Failure } from '../../failure.ts';
import type { Payload } from '../../wire/message.ts';
import { shown } from '../../wire/shown.ts';
import type { Scope } from '../scope.ts';

/** Of kinds of which there can be none yet: none. A name is one of nothing. */
const nothing =
  (kind: string, payload: Payload) =>
  ({ command: { names }, reply }: Scope): Promise<void> => {
    const [name] = names;
    if (name === undefined) reply.send(payload);
    else return Promise.reject(new Failure(404, `There is no ${kind} ${shown(name)}: there are none yet.`));
    return Promise.resolve();
  };

export const getInstances = nothing('instance', { instances: [] });
