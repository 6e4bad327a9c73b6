import { CliError } from '../errors.ts';
import { optionSpec } from '../options.ts';
import { shown } from '../output.ts';
import type { Command, Verb } from '../verb.ts';

type Commands = readonly Command[];

/** Words that can follow each command, and what comes behind an option. */
function cases(commands: Commands): { readonly name: string; readonly words: readonly string[] }[] {
  return commands.map(({ name, options }) => ({ name, words: options.map((option) => `--${option}`) }));
}

const FILES = '--policy --event --out --snapshot';

function firstWords(commands: Commands): string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
}

function policyWords(commands: Commands): string[] {
  return commands.flatMap(({ name }) => (name.startsWith('policy ') ? [name.slice('policy '.length)] : []));
}

function bash(commands: Commands): string {
  return `# bash completion of peering
_peering() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  case "$previous" in
    ${FILES.split(' ').join('|')}|check|test) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "svg mermaid dot" -- "$current")); return ;;
    -o|--output) COMPREPLY=($(compgen -W "table json csv yaml" -- "$current")); return ;;
    --expect) COMPREPLY=($(compgen -W "accept hold reject" -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${firstWords(commands).join(' ')} help --help --version" -- "$current")); return
  fi
  if [ "\${COMP_WORDS[1]}" = policy ] && [ "$COMP_CWORD" -eq 2 ]; then
    COMPREPLY=($(compgen -W "${policyWords(commands).join(' ')}" -- "$current")); return
  fi
  local verb="\${COMP_WORDS[1]}"
  if [ "$verb" = policy ]; then verb="policy \${COMP_WORDS[2]}"; fi
  case "$verb" in
${cases(commands)
  .map(({ name, words }) => `    "${name}") words="${words.join(' ')}" ;;`)
  .join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _peering peering
`;
}

function zsh(commands: Commands): string {
  return `#compdef peering
# zsh runs the bash completion.
autoload -Uz bashcompinit && bashcompinit
${bash(commands)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

function fish(commands: Commands): string {
  const lines = ['# fish completion of peering', 'complete -c peering -f'];
  for (const first of firstWords(commands)) {
    const summary =
      commands.find(({ name }) => name === first)?.summary ?? 'checks, explains and tests the policy';
    lines.push(`complete -c peering -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`);
  }
  for (const word of policyWords(commands)) {
    lines.push(`complete -c peering -n '__fish_seen_subcommand_from policy' -a ${word}`);
  }
  for (const { name, options } of commands) {
    const words = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    for (const option of options) {
      const { type, help, short, choices } = optionSpec(option);
      lines.push(
        [
          `complete -c peering -n ${quoted(words.join('; and '))} -l ${option}`,
          ...(short === undefined ? [] : [`-s ${short}`]),
          ...(type === 'string'
            ? [choices === undefined ? '-r -F' : `-x -a ${quoted(choices.join(' '))}`]
            : []),
          `-d ${quoted(help)}`,
        ].join(' '),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

export const run: Verb['run'] = async ({ positionals: [shell = ''], commands, output }) => {
  const scripts: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish };
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined) {
    throw new CliError(
      `There is no completion for ${shown(shell, 40)}; there is one for bash, zsh and fish.`,
    );
  }
  output.raw(script(commands));
  return 0;
};
