import { afterAll, jest } from '@jest/globals';
import { containersContract } from '../../../controllers/backends/containers.contract.ts';
import type { Subject } from '../../../controllers/backends/containers.contract.ts';
import { dockerSubject, removePlainImage } from './docker-subject.ts';

jest.setTimeout(60_000);

let subject: Subject | undefined;

containersContract('Docker', async () => (subject = await dockerSubject()));

afterAll(async () => {
  if (subject !== undefined) await removePlainImage(subject);
});
