import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import type { KubeApiError } from '../../../controllers/kube/error.ts';
import type { KubeObject } from '../../../controllers/runtime/object.ts';
import { admit, refusal } from '../../../crds/admission.ts';
import type { Kind } from '../../../crds/kind.ts';
import { cases, KINDS } from './cases.ts';
import { startSession } from './session.ts';
import type { Session } from './session.ts';

let session: Session;
let client: KubeClient;
const { signal } = new AbortController();

beforeAll(async () => {
  session = await startSession();
  client = session.client;
}, 120_000);

afterAll(() => session.stop());

/** What the server made of the write: the object, or its complaint. */
async function write(
  kind: Kind<KubeObject>,
  object: KubeObject,
  before: object | undefined,
): Promise<KubeObject | string> {
  try {
    if (before === undefined) return await client.create(kind, object, signal);
    const stored = await client.create(kind, { ...object, spec: before } as KubeObject, signal);
    return await client.update(kind, { ...object, metadata: stored.metadata }, signal);
  } catch (error) {
    const { code, reason, message } = error as KubeApiError;
    expect([code, reason]).toEqual([422, 'Invalid']);
    return message;
  } finally {
    await client.delete(kind, { namespace: object.metadata.namespace ?? '', name: object.metadata.name }, {}, signal);
  }
}

describe('the API server', () => {
  test.each(
    cases.map((each, index) => [each.refused === undefined ? 'accepts' : 'refuses', each.what, each, index] as const),
  )('%s %s, as its twin does', async (_verb, _what, { kind, name: given, spec, before, refused }, index) => {
    const type = KINDS[kind];
    const name = given ?? `case-${index.toString()}`;
    const object = {
      apiVersion: type.apiVersion,
      kind,
      metadata: { name, ...(type.namespaced && { namespace: 'default' }) },
      spec,
    } as KubeObject;
    const oldObject = before === undefined ? undefined : admit(type, { ...object, spec: before });
    const twin = admit(type, object, oldObject?.ok === true ? oldObject.object : undefined);

    const answer = await write(type, object, before);

    if (twin.ok) {
      expect(answer).toMatchObject({ spec: (twin.object as KubeObject & { spec: object }).spec });
      expect(refused).toBeUndefined();
    } else if (refused?.words === '') {
      // A matter of plain types and lengths, which each words in its own way.
      expect(answer).toContain(`${refused.path}: `);
    } else {
      expect(answer).toBe(refusal(type, name, twin.issues));
    }
  });
});
