/**
 * What is run in a node to start a unit and to wait for one. Constant text: names and commands are passed as arguments, so
 * nothing in them is taken for shell. Written for any POSIX shell with systemd's and coreutils' programs.
 */

/** Exit codes of START_UNIT that are not systemd's. */
export const NO_SYSTEMD = 100;
export const NOT_UP_YET = 101;

/**
 * Arguments: unit, folder of its log, then systemd-run's. systemd takes orders as soon as its private socket is there, long
 * before the boot is over; until then it is waited for, 30 s at most, in case nobody waits for us any more.
 */
export const START_UNIT = `
unit=$1 folder=$2
shift 2
command -v systemd-run >/dev/null || exit ${String(NO_SYSTEMD)}
mkdir -p "$folder" || exit 1
waits=0 refusals=0
while :; do
  if [ -S /run/systemd/private ]; then
    answer=$(systemd-run --quiet "$@" 2>&1) && exit 0
    case $(systemctl is-active "$unit" 2>&1) in
      active | activating | deactivating | reloading) exit 0 ;;
      failed) systemctl reset-failed "$unit" 2>/dev/null ;;
    esac
    refusals=$((refusals + 1))
    if [ $refusals -ge 20 ]; then
      echo "$answer" >&2
      exit 1
    fi
  fi
  waits=$((waits + 1))
  [ $waits -lt 600 ] || exit ${String(NOT_UP_YET)}
  sleep 0.05
done
`;

/** Properties that tell the state of a unit; both scripts print them as \`Name=value\` lines. */
const PROPERTIES = 'LoadState,ActiveState,SubState,Result,Job,ExecMainCode,ExecMainStatus,MainPID';

export const SHOW_UNIT = ['systemctl', 'show', `--property=${PROPERTIES}`, '--'] as const;

/** Argument: unit. Sleeps in one \`tail\` while the unit's process lives, so that waiting costs next to nothing. */
export const WAIT_FOR_UNIT = `
was_up=''
while :; do
  # No systemd, or not yet: it knows of no unit. One that is gone, or does not answer any more, goes down with the node.
  if [ ! -S /run/systemd/private ]; then
    [ -z "$was_up" ] || sleep 60
    exit 0
  fi
  was_up=yes
  shown=$(systemctl show --property=${PROPERTIES} -- "$1") || exit 1
  state='' job='' pid=''
  while IFS='=' read -r name value; do
    case $name in
      ActiveState) state=$value ;;
      Job) job=$value ;;
      MainPID) pid=$value ;;
    esac
  done <<END
$shown
END
  case $state in
    activating | deactivating | reloading) ;;
    inactive) [ "\${job:-0}" != 0 ] || break ;;
    *) break ;;
  esac
  if [ "\${pid:-0}" != 0 ]; then
    tail --pid="$pid" --sleep-interval=0.05 -f /dev/null
  else
    sleep 0.05
  fi
done
if [ "$state" = failed ] || [ "$state" = inactive ]; then
  # What ends because the node goes down has not ended by itself. Towards the end systemd says so by not answering.
  case $(systemctl is-system-running 2>/dev/null) in
    initializing | starting | running | degraded | maintenance) ;;
    *) sleep 60 ;;
  esac
fi
printf '%s\\n' "$shown"
`;
