import { COMMANDS } from './commands.ts';
import { type OptionName, optionSpec } from './options.ts';
import { shortOf } from './short-option.ts';
import type { Command, Positional } from './verb.ts';
import { wrapped } from './wrapped.ts';

/** Longer lines nobody reads well. */
const WIDEST = 100;
/** On what is narrower than a page of an old printer there is no room for two columns, nor for many words in one. */
const NARROWEST = 40;

/** @param columns of the terminal; undefined: it goes elsewhere. */
function widthFor(columns: number | undefined): number {
  return Math.max(NARROWEST, Math.min(WIDEST, columns ?? WIDEST));
}

/** In two columns, or one below the other where the second would be the narrower one. */
function definitions(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const column = Math.max(...pairs.map(([term]) => term.length)) + 4;
  return pairs.map(([term, text]) =>
    column > width / 2
      ? `  ${term}\n      ${wrapped(text, 6, width)}`
      : `  ${term.padEnd(column - 2)}${wrapped(text, column, width)}`,
  );
}

function exampleLines(
  examples: readonly (readonly [line: string, purpose: string])[],
  width: number,
): string[] {
  const longest = Math.max(...examples.map(([line]) => line.length));
  return examples.flatMap(([line, purpose]) =>
    longest + purpose.length + 14 > width
      ? [`  peering ${line}`, `      ${wrapped(purpose, 6, width)}`]
      : [`  peering ${line.padEnd(longest)}  ${purpose}`],
  );
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

const EXAMPLES = [
  ['plan', 'what would happen in this account'],
  ['plan --snapshot ./saved', 'the same for saved describe answers, without AWS'],
  ['explain 10.1.1.13 prod-shop', 'why an address reaches the VPC of this name, or not'],
] as const;

/** @param columns of the terminal that it goes to. */
export function overview(columns: number | undefined): string {
  const width = widthFor(columns);
  return [
    'peering <command> [options]',
    '',
    wrapped('Deploys the automation of VPC peerings, and shows what it would do, did, and why.', 0, width),
    '',
    'Commands:',
    ...definitions(
      COMMANDS.map(({ name, summary }) => [name, summary] as const),
      width,
    ),
    '',
    'Examples:',
    ...exampleLines(EXAMPLES, width),
    '',
    wrapped(
      'Exit codes: 0 fine; 1 error; 2 from plan, drift, ping, explain when there is something to do; 3 when nothing was found but not everything could be judged; 130 interrupted. docs/cli.md says more.',
      0,
      width,
    ),
    wrapped('peering <command> --help says more. peering --version names the version.', 0, width),
    '',
  ].join('\n');
}

/** @param columns of the terminal that it goes to. */
export function helpOf(command: Command, columns: number | undefined): string {
  const { summary, positionals, options, meanings, examples, more } = command;
  const width = widthFor(columns);
  return [
    usageOf(command),
    '',
    wrapped(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, 0, width),
    ...(more === undefined ? [] : ['', wrapped(more, 0, width)]),
    ...(positionals.length === 0
      ? []
      : [
          '',
          'Arguments:',
          ...definitions(
            positionals.map(({ name, help }) => [name, help] as const),
            width,
          ),
        ]),
    '',
    'Options:',
    ...definitions(
      options.map((name) => [optionTerm(name, command), meanings?.[name] ?? optionSpec(name).help] as const),
      width,
    ),
    '',
    'Examples:',
    ...exampleLines(examples, width),
    '',
  ].join('\n');
}
