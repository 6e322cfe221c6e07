import { ensureGoProgram } from '../cache/go-program.ts';

/** The program that says of objects what kstatus and Argo CD would say; see main.go. */
export const ensureObjectHealth = (): Promise<string> =>
  ensureGoProgram({
    name: 'object-health',
    title: 'Build the readers of objects’ health (kstatus, Argo CD’s Lua)',
    folder: import.meta.dirname,
  });
