/** `qbo help ...`: what the grammar's table says of its commands, and what only this program has. */
import { helpText, type OptionText } from '../api/wire/help.ts';
import { OWN_OPTIONS } from './arguments.ts';
import { SHELLS } from './completion/shells.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { painter } from './output/style.ts';

/** @param topic the names of a help command */
export function help(topic: readonly string[], hasColour: boolean): string {
  const own: readonly OptionText[] = OWN_OPTIONS;
  const text = helpText(topic, own) + (topic.length === 0 ? OVERVIEW : '');
  const paint = painter(hasColour);
  return text.replaceAll(/^[A-Z][\w ]*:$/gm, (heading) => paint('bold', heading));
}

type Pair = readonly [term: string, text: string];

function section(title: string, pairs: readonly Pair[]): string {
  const width = Math.max(...pairs.map(([term]) => term.length));
  return `\n${title}:\n${pairs.map(([term, text]) => `  ${term.padEnd(width)}   ${text}\n`).join('')}`;
}

const SCRIPTING: readonly Pair[] = [
  ['qbo get cluster dev -k -o raw > dev.conf', 'A kubeconfig in a file'],
  ["qbo get nodes -A | jq '.nodes[]?'", 'JSON into a pipe, a document a message'],
  ['qbo stop node $(qbo get nodes dev -o name)', 'Names alone'],
  [`qbo completion ${SHELLS.join('|')}`, 'What makes a shell complete commands and names'],
];

const CONFIGURATION: readonly Pair[] = [
  ['QBO_HOST, QBO_PORT', 'where the bridge is'],
  ['QBO_UID, QBO_AUX', 'who you are: web token, or key and id of a service account'],
  ['QBO_SSL', '1 for wss, 0 for ws; without it ws on this machine and wss elsewhere'],
  ['CLI_LOG', 'error, warn (without it), notice, info or debug: what is told on stderr'],
  ['NO_COLOR', 'no colours'],
  ['~/.qbo/cli.json', 'qbo_host, qbo_port, qbo_uid, qbo_aux, qbo_ssl; variables win over it'],
  ['~/.qbo/.cli.db', 'what `make up` wrote; counts where nothing else says more'],
];

const OVERVIEW =
  section('Scripts', SCRIPTING) +
  section('Configuration', CONFIGURATION) +
  section(
    'Exit codes',
    EXIT_CODES.map(([code, meaning]): Pair => [String(code), meaning]),
  );
