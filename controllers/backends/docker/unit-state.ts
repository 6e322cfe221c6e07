import type { UnitState } from '../containers.ts';

/** CLD_KILLED and CLD_DUMPED: the status is the number of a signal. */
const BY_SIGNAL = new Set(['2', '3']);

/**
 * Reads what `systemctl show` tells of a one-shot unit. Output without the properties, as a systemd gives that is not up
 * yet, is 'absent': it can not know any transient unit.
 */
export function parseUnitState(shown: string): UnitState {
  const properties = new Map(
    shown.split('\n').map((line): [string, string] => {
      const equals = line.indexOf('=');
      return [line.slice(0, equals), line.slice(equals + 1).trim()];
    }),
  );
  const get = (name: string): string => properties.get(name) ?? '';
  if (get('LoadState') !== 'loaded') return { state: 'absent' };
  switch (get('ActiveState')) {
    case 'active':
      return { state: get('SubState') === 'exited' ? 'succeeded' : 'running' };
    case 'failed':
      return { state: 'failed', exitCode: exitCode(get) };
    case 'inactive':
      // Queued: its job waits for others, such as the rest of the boot.
      return { state: ['', '0'].includes(get('Job')) ? 'absent' : 'running' };
    default:
      return { state: 'running' };
  }
}

/** As a shell would give it; 1 when it failed without an exit code of its own (its log could not be opened, a time limit). */
function exitCode(get: (name: string) => string): number {
  const status = Number(get('ExecMainStatus'));
  if (BY_SIGNAL.has(get('ExecMainCode'))) return 128 + status;
  return status > 0 ? status : 1;
}
