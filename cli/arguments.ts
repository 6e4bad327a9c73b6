import { parseArgs } from 'node:util';
import { didYouMean } from '../lib/policy/did-you-mean.ts';
import { asTyped } from './as-typed.ts';
import { COMMANDS } from './commands.ts';
import { CliError } from './errors.ts';
import { isOptionName, OPTIONS, type OptionName, type Options, optionSpec } from './options.ts';
import { shown } from './output.ts';
import { shortOf } from './short-option.ts';
import type { Command } from './verb.ts';

export type Parsed =
  | { readonly kind: 'help'; readonly command?: Command }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly options: Options;
      readonly positionals: readonly string[];
    };

function guess(text: string, candidates: readonly string[], before = ''): string {
  const found = didYouMean(text, candidates);
  return found === undefined ? '' : ` Did you mean ${before}${found}?`;
}

/** `--watch` may stand alone: its value is put behind it, so that what follows is not taken for one. */
function withOptionalValues(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const name = arg.startsWith('--') ? arg.slice(2) : '';
    const otherwise = isOptionName(name) ? optionSpec(name).otherwise : undefined;
    return otherwise === undefined || /^\d+(\.\d+)?$/.test(args[index + 1] ?? '')
      ? [arg]
      : [`${arg}=${otherwise}`];
  });
}

function optionOfToken({ name, rawName }: OptionToken, command: Command): string {
  const letter = /^-[^-]$/.test(rawName) ? rawName.slice(1) : undefined;
  return command.options.find((each) => letter !== undefined && shortOf(each, command) === letter) ?? name;
}

/** Options stand for themselves in node's parser: this one reads what it does not know, so that we can say it well. */
const PARSER_OPTIONS = Object.fromEntries(
  (Object.keys(OPTIONS) as OptionName[]).map((name, index, names) => {
    const { type, multiple, short: letter } = optionSpec(name);
    // Two options may share a letter; each command says which it means.
    const short = names.slice(0, index).some((other) => optionSpec(other).short === letter)
      ? undefined
      : letter;
    return [
      name,
      { type, ...(multiple ? { multiple: true } : {}), ...(short === undefined ? {} : { short }) },
    ];
  }),
);

function nameOf(words: readonly string[]): { readonly command: Command; readonly used: number } {
  const [first = '', second] = words;
  const one = COMMANDS.find(({ name }) => name === first);
  if (one !== undefined) {
    return { command: one, used: 1 };
  }
  const seconds = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(
    ({ name }) => name.split(' ')[1] ?? '',
  );
  if (seconds.length > 0) {
    const two = COMMANDS.find(({ name }) => name === `${first} ${second}`);
    if (two !== undefined) {
      return { command: two, used: 2 };
    }
    throw new CliError(
      second === undefined
        ? `peering ${first} needs one of: ${seconds.join(', ')}. See peering --help.`
        : `There is no peering ${first} ${shown(second, 60)}.${guess(second, seconds)} There are: ${seconds.join(', ')}.`,
    );
  }
  const firsts = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))];
  const later = words.find((word) => firsts.includes(word));
  const order =
    later === undefined
      ? guess(first, firsts, 'peering ')
      : ` The command comes first: peering ${later} ${asTyped(first)}.`;
  throw new CliError(
    `There is no command ${first === '' ? 'without a name' : shown(first, 60)}.${order} See peering --help.`,
  );
}

/** What other commands call it. */
const SYNONYMS: Readonly<Record<string, OptionName>> = {
  format: 'output',
  verbose: 'debug',
  force: 'yes',
  'auto-approve': 'yes',
  'no-input': 'yes',
  env: 'stage',
  environment: 'stage',
  reason: 'because',
  file: 'out',
};

function otherwiseCalled(name: string, { options }: Command): string | undefined {
  if (name === 'no-color' || name === 'no-colour') {
    return 'NO_COLOR=1 in the environment';
  }
  if (name === 'json' && options.includes('format')) {
    return '--format';
  }
  const other = Object.hasOwn(SYNONYMS, name) ? SYNONYMS[name] : undefined;
  return other !== undefined && options.includes(other) ? `--${other}` : undefined;
}

function validateOption(name: string, value: string | boolean | undefined, command: Command): void {
  if (!isOptionName(name) || !command.options.includes(name)) {
    const own = command.options.map((each) => `--${each}`);
    const near = otherwiseCalled(name, command);
    const why =
      name === 'snapshot' && command.options.includes('profile')
        ? ' It asks AWS itself, or changes something there.'
        : near === undefined
          ? guess(`--${name}`, own)
          : ` Did you mean ${near}?`;
    throw new CliError(
      `peering ${command.name} does not take --${shown(name, 60)}.${why} See peering ${command.name} --help.`,
    );
  }
  const { type, choices } = optionSpec(name);
  if (type === 'boolean') {
    if (value !== undefined) {
      throw new CliError(`--${name} takes no value.`);
    }
    return;
  }
  // Somebody forgot the value, and the next option was taken for it.
  const isOption = typeof value === 'string' && value.startsWith('--') && isOptionName(value.slice(2));
  if (typeof value !== 'string' || value === '' || isOption) {
    throw new CliError(`--${name} needs a value: --${name} ${optionSpec(name).value ?? 'VALUE'}.`);
  }
  if (choices !== undefined && !choices.includes(value)) {
    throw new CliError(
      `--${name} is one of ${choices.join(', ')}, not ${shown(value, 60)}.${guess(value, choices)}`,
    );
  }
}

type ParsedToken = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];
type OptionToken = Extract<ParsedToken, { kind: 'option' }>;

/** Without a command there are only help and the version. */
function withoutCommand(rest: readonly string[], optionTokens: readonly OptionToken[]): Parsed {
  if (rest.length > 0) {
    return { kind: 'help', command: nameOf(rest).command };
  }
  const [odd] = optionTokens.filter(({ name }) => !['help', 'version', 'debug'].includes(name));
  if (odd !== undefined) {
    const near = /^-v$/i.test(odd.rawName)
      ? ' Did you mean --version?'
      : guess(odd.rawName, ['--help', '--version']);
    const behind = isOptionName(odd.name) ? `${odd.rawName} comes behind a command.` : undefined;
    throw new CliError(
      `${behind ?? `There is no option ${shown(odd.rawName, 60)}.${near}`} See peering --help.`,
    );
  }
  return optionTokens.some(({ name }) => name === 'version') ? { kind: 'version' } : { kind: 'help' };
}

function optionsOf(command: Command, optionTokens: readonly OptionToken[]): Options {
  const options: Record<string, string | true | string[]> = {};
  for (const token of optionTokens) {
    const { value } = token;
    const name = optionOfToken(token, command);
    validateOption(name, value, command);
    if (!isOptionName(name)) continue;
    const { type, multiple } = optionSpec(name);
    if (type === 'boolean') {
      options[name] = true;
    } else if (multiple) {
      const before = options[name];
      options[name] = [...(Array.isArray(before) ? before : []), value ?? ''];
    } else if (options[name] !== undefined) {
      throw new CliError(`--${name} is given twice; it takes one value.`);
    } else {
      options[name] = value ?? '';
    }
  }
  return options as Options;
}

/** Options that take a word of this form. */
const OPTIONS_FOR: readonly (readonly [form: RegExp, option: OptionName, before?: string])[] = [
  [/^vpc-[0-9a-f]{8,17}$/, 'vpc'],
  [/^pcx-[0-9a-f]{8,17}$/, 'peering'],
  [/^pcx-[0-9a-f]{8,17}$/, 'filter', 'peering='],
  [/^[\w-]+!?=./, 'filter'],
  [/^[a-z]{2}(-[a-z]+){1,3}-\d$/, 'region'],
  [/^\d{12}$/, 'account'],
  [/^\d{12}$/, 'accounts'],
  [/[/\\]|\.[a-z]{2,5}$/, 'out'],
];

/** Places that take a name, in which there may be blanks. */
const NAMED: readonly string[] = ['PEERING', 'RESOURCE', 'SOURCE', 'TARGET'];

/** What was probably meant by a word too many. @param before the option that stands before it. */
function meantByExtra(
  { name, options, positionals }: Command,
  words: readonly string[],
  extra: string,
  before: OptionToken | undefined,
): string {
  const option = before === undefined ? undefined : before.name;
  if (before !== undefined && option !== undefined && isOptionName(option) && optionSpec(option).multiple) {
    return ` To name several, repeat the option: --${option} ${asTyped(before.value ?? '')} --${option} ${asTyped(extra)}.`;
  }
  const found = OPTIONS_FOR.find(([form, each]) => form.test(extra) && options.includes(each));
  if (found !== undefined) {
    return ` Did you mean --${found[1]} ${found[2] ?? ''}${asTyped(extra)}?`;
  }
  if (!positionals.some((each) => NAMED.includes(each.name))) {
    return '';
  }
  const [only, second] = positionals;
  if (
    only !== undefined &&
    second === undefined &&
    words.every((word) => /^[a-z]+-[0-9a-f]{8,17}$/.test(word))
  ) {
    return ` It takes one ${only.name}: run it once for each.`;
  }
  return second === undefined
    ? ` A name with blanks stands in quotes: peering ${name} ${asTyped(words.join(' '))}.`
    : ' A name with blanks stands in quotes.';
}

function validatePositionals(
  command: Command,
  positionals: readonly string[],
  tokens: readonly ParsedToken[],
): void {
  const required = command.positionals.filter(({ need }) => need === 'required');
  const missing = required[positionals.length];
  if (missing !== undefined) {
    throw new CliError(
      `peering ${command.name} needs ${missing.name}: ${missing.help}. See peering ${command.name} --help.`,
    );
  }
  const empty = command.positionals[positionals.findIndex((text) => text.trim() === '')];
  if (empty !== undefined) {
    throw new CliError(
      `${empty.name} of peering ${command.name} is an empty text, as of a variable that is not set. See peering ${command.name} --help.`,
    );
  }
  const extra = positionals[command.positionals.length];
  if (extra !== undefined) {
    const place = tokens.findIndex((token) => token.kind === 'positional' && token.value === extra);
    const before = tokens[place - 1];
    const hint = meantByExtra(
      command,
      positionals,
      extra,
      before?.kind === 'option' && before.value !== undefined ? before : undefined,
    );
    throw new CliError(
      `peering ${command.name} has no use for ${extra.trim() === '' ? 'an empty text' : shown(extra, 60)}.${hint} See peering ${command.name} --help.`,
    );
  }
}

/** @throws CliError for what is not understood. */
export function parseArguments(args: readonly string[]): Parsed {
  const { tokens } = parseArgs({
    args: withOptionalValues(args),
    options: PARSER_OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const optionTokens = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  if (words.length === 0 || words[0] === 'help') {
    return withoutCommand(words.slice(1), optionTokens);
  }
  const wantsHelp = optionTokens.some(({ name }) => name === 'help' || name === 'h');
  // `peering policy --help` names half a command.
  if (wantsHelp && words.length === 1 && COMMANDS.some(({ name }) => name.startsWith(`${words[0]} `))) {
    return { kind: 'help' };
  }
  const { command, used } = nameOf(words);
  if (wantsHelp) {
    return { kind: 'help', command };
  }
  const options = optionsOf(command, optionTokens);
  const positionals = words.slice(used);
  validatePositionals(command, positionals, tokens);
  return { kind: 'run', command, options, positionals };
}
