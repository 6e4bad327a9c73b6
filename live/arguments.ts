import { parseArgs } from 'node:util';
import { CliError } from '../cli/errors.ts';
import { didYouMean } from '../lib/policy/did-you-mean.ts';
import { isKnownRegion, KNOWN_REGIONS } from '../lib/policy/regions.ts';
import type { LiveCheck } from './check.ts';
import { CHECKS } from './checks.ts';

export const USAGE = `npm run live-check -- [options]

Asks an AWS account what no source says (docs/unproven.md): makes small things, looks at what AWS does, removes
them, and prints a table to send back. Asks before it makes anything. Ctrl-C removes what was made, too.

  --list                what it asks, and what each question makes
  --only NAME           only this question; repeatable
  --region NAME         where (default: the one of your AWS settings)
  --other-region NAME   the second Region (default: the nearest that is enabled)
  --peer-profile NAME   profile of a second account, for the questions between two accounts
  --stage NAME          stage of the deployed stack, for the questions that read it (default: prod)
  --yes                 do not ask
  --longest SECONDS     how long to wait for what comes, such as events of CloudTrail (default: 900)
  --quiet SECONDS       after how long what has not come is taken to stay away (default: 120)
  --json                the result as one JSON document on stdout;
                        npm run --silent live-check -- --json keeps npm's own lines out of it
  --show-accounts       account ids in the result (default: left out)
  --clean-up            remove what an earlier run left behind, by its tag
  --debug               show errors as they came
  --help                this text

Exit: 0 what could be asked is as expected; 1 something failed or was left behind; 2 AWS differs; 3 nothing could be asked.
`;

export interface Arguments {
  readonly mode: 'help' | 'list' | 'clean-up' | 'run';
  readonly checks: readonly LiveCheck[];
  readonly region?: string;
  readonly otherRegion?: string;
  readonly peerProfile?: string;
  readonly stage?: string;
  readonly consent: 'ask' | 'given';
  readonly longestMs: number;
  readonly quietMs: number;
  readonly output: 'text' | 'json';
  readonly accounts: 'masked' | 'shown';
  readonly errors: 'short' | 'full';
  /** As they were given, for the command that cleans up. */
  readonly places: string;
}

function checkNamed(name: string): LiveCheck {
  const found = CHECKS.find((check) => check.name === name);
  if (found === undefined) {
    const names = CHECKS.map((check) => check.name);
    const meant = didYouMean(name, names);
    throw new CliError(
      `There is no question ${JSON.stringify(name)}.${meant === undefined ? '' : ` Did you mean ${meant}?`} --list shows all.`,
    );
  }
  return found;
}

function regionNamed(option: string, name: string): string {
  if (!isKnownRegion(name)) {
    const meant = didYouMean(name, KNOWN_REGIONS);
    throw new CliError(
      `${option}: there is no Region ${JSON.stringify(name)}, as far as this version knows.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    );
  }
  return name;
}

function milliseconds(option: string, text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw new CliError(`${option} takes seconds, not ${JSON.stringify(text)}.`);
  }
  return seconds * 1000;
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        list: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        region: { type: 'string' },
        'other-region': { type: 'string' },
        'peer-profile': { type: 'string' },
        stage: { type: 'string' },
        yes: { type: 'boolean', short: 'y', default: false },
        longest: { type: 'string', default: '900' },
        quiet: { type: 'string', default: '120' },
        json: { type: 'boolean', default: false },
        'show-accounts': { type: 'boolean', default: false },
        'clean-up': { type: 'boolean', default: false },
        debug: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new CliError(`${cause instanceof Error ? cause.message.replace(/\.?$/, '.') : cause} See --help.`, {
      cause,
    });
  }
}

function modeOf(flags: ReturnType<typeof readFlags>): Arguments['mode'] {
  if (flags.help) return 'help';
  if (flags.list) return 'list';
  return flags['clean-up'] ? 'clean-up' : 'run';
}

/** @throws {CliError} */
export function readArguments(args: readonly string[]): Arguments {
  const flags = readFlags(args);
  const region = flags.region === undefined ? undefined : regionNamed('--region', flags.region);
  const otherRegion =
    flags['other-region'] === undefined ? undefined : regionNamed('--other-region', flags['other-region']);
  const peerProfile = flags['peer-profile'];
  const placeOptions = { region, 'other-region': otherRegion, 'peer-profile': peerProfile };
  return {
    mode: modeOf(flags),
    checks: flags.only.length === 0 ? CHECKS : [...new Set(flags.only)].map(checkNamed),
    ...(region === undefined ? {} : { region }),
    ...(otherRegion === undefined ? {} : { otherRegion }),
    ...(peerProfile === undefined ? {} : { peerProfile }),
    ...(flags.stage === undefined ? {} : { stage: flags.stage }),
    consent: flags.yes ? 'given' : 'ask',
    longestMs: milliseconds('--longest', flags.longest),
    quietMs: milliseconds('--quiet', flags.quiet),
    output: flags.json ? 'json' : 'text',
    accounts: flags['show-accounts'] ? 'shown' : 'masked',
    errors: flags.debug ? 'full' : 'short',
    places: Object.entries(placeOptions)
      .flatMap(([name, value]) => (value === undefined ? [] : [` --${name} ${value}`]))
      .join(''),
  };
}
