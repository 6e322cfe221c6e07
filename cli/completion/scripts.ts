import { nearest } from '../../api/wire/nearest.ts';
import { ExitCode } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import { SHELLS, type Shell } from './shells.ts';

/**
 * What a shell is to run once, so that it asks `qbo __complete WORD...` for what may stand where the cursor is: a
 * candidate a line, and after a tab what it is. Throws CliFailure (usage) for other shells.
 */
export function completionScript(shell: string, more: readonly string[]): string {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined) {
    const meant = SHELLS.find((name) => name === nearest(shell, SHELLS));
    const problem =
      shell === '' ? 'Say for which shell' : `There is no completion for ${JSON.stringify(shell.slice(0, 40))}`;
    throw new CliFailure(
      ExitCode.usage,
      `${problem}: qbo completion ${meant ?? 'bash'}. There are ${SHELLS.join(', ')}; to use it: ${HOW_TO[meant ?? 'bash']}`,
    );
  }
  if (more.length > 0)
    throw new CliFailure(ExitCode.usage, `qbo completion takes one shell; leave ${JSON.stringify(more[0])} out.`);
  return `# ${HOW_TO[known]}\n${SCRIPTS[known].replaceAll('@{', '${')}`;
}

const HOW_TO: Readonly<Record<Shell, string>> = {
  bash: 'source <(qbo completion bash)      in ~/.bashrc',
  zsh: 'source <(qbo completion zsh)       in ~/.zshrc, after compinit',
  fish: 'qbo completion fish | source       in ~/.config/fish/config.fish',
};

/** `@{` stands for `${`, which would be ours in a template. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  // Names with a colon (images) are one word for qbo and several for readline: what is before the last colon is taken off.
  bash: String.raw`_qbo() {
  local line="@{COMP_LINE:0:COMP_POINT}" words current candidate
  local IFS=$' \t\n'
  read -ra words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="@{words[@{#words[@]}-1]}"
  COMPREPLY=()
  local cut=""
  [[ "$current" == *[:=]* ]] && cut="@{current%"@{current##*[:=]}"}"
  while IFS=$'\t' read -r candidate _; do
    [[ "$candidate" == "$current"* ]] && COMPREPLY+=("@{candidate#"$cut"}")
  done < <("@{words[0]}" __complete "@{words[@]:1}" 2>/dev/null)
}
complete -F _qbo qbo
`,
  zsh: String.raw`#compdef qbo
_qbo() {
  local -a described
  local line
  for line in "@{(@f)$("@{words[1]}" __complete "@{(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] && described+=("@{@{line%%$'\t'*}//:/\\:}:@{line#*$'\t'}")
  done
  (( $#described )) && _describe -V qbo described
}
compdef _qbo qbo
`,
  fish: String.raw`function __qbo_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  $words[1] __complete $words[2..-1] "$current" 2>/dev/null
end
complete -c qbo -f -a '(__qbo_complete)'
`,
};
