import { afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { changesContract } from './contract/changes.ts';
import { lifecycleContract } from './contract/lifecycle.ts';
import { execContract } from './contract/exec.ts';
import { filesContract } from './contract/files.ts';
import { imagesContract } from './contract/images.ts';
import { limitsContract } from './contract/limits.ts';
import { networksContract } from './contract/networks.ts';
import { Fixture } from './contract/subject.ts';
import type { Subject } from './contract/subject.ts';
import { unitsContract } from './contract/units.ts';
import { volumesContract } from './contract/volumes.ts';

export type { Subject } from './contract/subject.ts';

/** What every implementation of Containers keeps to; each test is one promise of the interface. */
export function containersContract(name: string, makeSubject: () => Promise<Subject> | Subject): void {
  describe(name, () => {
    let subject: Subject;
    let fixture: Fixture;
    const fix = (): Fixture => fixture;

    beforeAll(async () => {
      subject = await makeSubject();
    });
    beforeEach(async () => {
      fixture = new Fixture(subject, new AbortController().signal);
      await fixture.cleanUp();
    });
    afterEach(async () => {
      await fixture.cleanUp();
    });

    describe('images', () => {
      imagesContract(fix);
    });
    describe('networks', () => {
      networksContract(fix);
    });
    describe('volumes', () => {
      volumesContract(fix);
    });
    describe('containers', () => {
      lifecycleContract(fix);
    });
    describe('limits', () => {
      limitsContract(fix);
    });
    describe('commands', () => {
      execContract(fix);
    });
    describe('files', () => {
      filesContract(fix);
    });
    describe('units', () => {
      unitsContract(fix);
    });
    describe('changes', () => {
      changesContract(fix);
    });
  });
}
