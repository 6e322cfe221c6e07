/** `make down`: removes everything that an installation made, and nothing else. Can be run at any time, and again. */
import { instanceOf } from '../management/instance.ts';
import { withInstanceLock } from '../management/instance-lock.ts';
import { untilInterrupted } from '../management/interrupt.ts';
import { down } from './down.ts';

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;

await untilInterrupted('make down', async (signal) => {
  const instance = instanceOf(process.env);
  const { removed, kept } = await withInstanceLock(instance, () => down(instance, process.env, signal), signal);
  const nothing = removed.length === 0 ? `Nothing of "${instance.name}" was left to remove.\n` : '';
  const told = section(`Removed of "${instance.name}":`, removed) + section('Left in place:', kept);
  process.stdout.write(`\n${nothing}${told}\nBring it back with: make up\n`);
});
