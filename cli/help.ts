import { shortOf } from './arguments.ts';
import { COMMANDS } from './commands.ts';
import { type OptionName, optionSpec } from './options.ts';
import type { Command, Positional } from './verb.ts';

const WIDTH = 100;

function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

function definitions(pairs: readonly (readonly [string, string])[]): string[] {
  const column = Math.max(...pairs.map(([term]) => term.length)) + 4;
  return pairs.map(([term, text]) => `  ${term.padEnd(column - 2)}${wrapped(text, column)}`);
}

function optionTerm(name: OptionName, command: Command): string {
  const { value } = optionSpec(name);
  const short = shortOf(name, command);
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function positionalText({ name, need }: Positional): string {
  return need === 'required' ? name : `[${name}]`;
}

function usageOf({ name, positionals }: Command): string {
  return ['peering', name, ...positionals.map(positionalText), '[options]'].join(' ');
}

export function overview(): string {
  return [
    'peering <command> [options]',
    '',
    'Deploys the automation of VPC peerings, and shows what it would do, did, and why.',
    '',
    'Commands:',
    ...definitions(COMMANDS.map(({ name, summary }) => [name, summary] as const)),
    '',
    'Examples:',
    '  peering plan                      what would happen in this account',
    '  peering plan --snapshot ./saved   the same for saved describe answers, without AWS',
    '  peering explain 10.1.1.13 vpc-0a1b2c3d4e5f60718',
    '',
    'Exit codes: 0 fine; 1 error; 2 from plan, drift, ping, explain when there is something to do; 3 when nothing',
    'was found but not everything could be judged; 130 interrupted. docs/cli.md says more.',
    'peering <command> --help says more. peering --version names the version.',
    '',
  ].join('\n');
}

export function helpOf(command: Command): string {
  const { summary, positionals, options, meanings, examples, more } = command;
  const longest = Math.max(...examples.map(([line]) => line.length));
  return [
    usageOf(command),
    '',
    wrapped(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, 0),
    ...(more === undefined ? [] : ['', wrapped(more, 0)]),
    ...(positionals.length === 0
      ? []
      : ['', 'Arguments:', ...definitions(positionals.map(({ name, help }) => [name, help] as const))]),
    '',
    'Options:',
    ...definitions(
      options.map((name) => [optionTerm(name, command), meanings?.[name] ?? optionSpec(name).help] as const),
    ),
    '',
    'Examples:',
    ...examples.flatMap(([line, purpose]) =>
      longest + purpose.length + 14 > WIDTH
        ? [`  peering ${line}`, `      ${purpose}`]
        : [`  peering ${line.padEnd(longest)}  ${purpose}`],
    ),
    '',
  ].join('\n');
}
