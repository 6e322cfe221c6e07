/** `make down`: removes everything that an installation made, and nothing else. Can be run at any time, and again. */
import { instanceOf } from '../management/instance.ts';
import { withInstanceLock } from '../management/instance-lock.ts';
import { untilInterrupted } from '../management/interrupt.ts';
import { down } from './down.ts';

await untilInterrupted('make down', async (signal) => {
  const instance = instanceOf(process.env);
  const told = await withInstanceLock(instance, () => down(instance, process.env, signal), signal);
  process.stdout.write(
    `\nRemoved of "${instance.name}":\n${told.map((line) => `  ${line}\n`).join('')}\nBring it back with: make up\n`,
  );
});
