import { FUNCTIONS } from '../../lib/model/function-names.ts';
import { CliError } from '../errors.ts';
import { FAIL_ON_WORDS } from '../fail-on.ts';
import { FILTER_EXAMPLES, FILTER_KEYS } from '../filter.ts';
import { OPTIONS, type OptionName, optionSpec } from '../options.ts';
import { shown } from '../output.ts';
import { shortOf } from '../short-option.ts';
import type { Command, Verb } from '../verb.ts';

type Commands = readonly Command[];

/** Words that can follow each command, and what comes behind an option. */
function cases(commands: Commands): { readonly name: string; readonly words: readonly string[] }[] {
  return commands.map(({ name, options }) => ({ name, words: options.map((option) => `--${option}`) }));
}

/** Values of an option, where there are only some. Ids and names are asked of nobody: a Tab would be a call of AWS. */
function valuesOf(option: OptionName): readonly string[] | undefined {
  switch (option) {
    case 'sort':
      return FILTER_KEYS;
    case 'filter':
      return FILTER_EXAMPLES;
    case 'fail-on':
      return FAIL_ON_WORDS;
    default:
      return optionSpec(option).choices;
  }
}

/** The commands in which a letter stands for an option, as a pattern of `case`. */
function commandsWith(letter: string, option: OptionName, commands: Commands): string {
  return commands
    .filter((command) => optionSpec(option).short === letter && shortOf(option, command) === letter)
    .map(({ name }) => `"${name}"`)
    .join('|');
}

function valueCases(): string {
  return (Object.keys(OPTIONS) as OptionName[])
    .flatMap((option) => {
      const values = valuesOf(option);
      return values === undefined
        ? []
        : [`    --${option}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current")); return ;;`];
    })
    .join('\n');
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
  local verb="\${COMP_WORDS[1]}"
  if [ "$verb" = policy ]; then verb="policy \${COMP_WORDS[2]}"; fi
  COMPREPLY=()
  # state=ac is three words to bash.
  if [ "$COMP_CWORD" -gt 3 ] && [ "$previous" = "=" ] && [ "\${COMP_WORDS[COMP_CWORD-3]}" = --filter ]; then
    local key="\${COMP_WORDS[COMP_CWORD-2]}" each
    for each in ${FILTER_EXAMPLES.join(' ')}; do
      if [ "\${each%%=*}" = "$key" ]; then COMPREPLY+=($(compgen -W "\${each#*=}" -- "$current")); fi
    done
    return
  fi
  case "$previous" in
    ${FILES.split(' ').join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    apply|check|test) if [ "\${current#-}" = "$current" ]; then COMPREPLY=($(compgen -f -- "$current")); return; fi ;;
${valueCases()}
    -o) case "$verb" in
      ${commandsWith('o', 'output', commands)}) COMPREPLY=($(compgen -W "${optionSpec('output').choices?.join(' ') ?? ''}" -- "$current")) ;;
      *) COMPREPLY=($(compgen -f -- "$current")) ;;
    esac; return ;;
    logs) if [ "\${current#-}" = "$current" ]; then COMPREPLY=($(compgen -W "${FUNCTIONS.join(' ')}" -- "$current")); return; fi ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${firstWords(commands).join(' ')} help --help --version" -- "$current")); return
  fi
  if [ "\${COMP_WORDS[1]}" = policy ] && [ "$COMP_CWORD" -eq 2 ]; then
    COMPREPLY=($(compgen -W "${policyWords(commands).join(' ')}" -- "$current")); return
  fi
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
  for (const command of commands) {
    const { name, options } = command;
    const words = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    for (const option of options) {
      const { type, help } = optionSpec(option);
      const short = shortOf(option, command);
      const values = valuesOf(option);
      lines.push(
        [
          `complete -c peering -n ${quoted(words.join('; and '))} -l ${option}`,
          ...(short === undefined ? [] : [`-s ${short}`]),
          ...(type === 'string'
            ? [values === undefined ? '-r -F' : `-x -a ${quoted(values.join(' '))}`]
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
