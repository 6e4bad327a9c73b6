import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CliError, describeError } from '../cli/errors.ts';
import { defaultRegion } from '../cli/source/live.ts';
import { type Arguments, readArguments, USAGE } from './arguments.ts';
import { agreed } from './consent.ts';
import { createInterruption } from './interruption.ts';
import { removeEntries } from './ledger.ts';
import { findTagged } from './leftovers.ts';
import { masked } from './mask.ts';
import { type ExitCode, exitCodeOf, type LiveResult } from './outcome.ts';
import { refusalOf } from './refusals.ts';
import { runChecks } from './run.ts';
import { openSession, placesOf, type Session } from './session.ts';
import { type Signals, watchSignals } from './signals.ts';
import { leftoverText, listText, missingFor, outcomesText, planText, summaryText } from './text.ts';

/** `npm run live-check`: asks an AWS account what no source says. */

const note = (line: string) => process.stderr.write(`${line}\n`);
const answer = (line: string) => process.stdout.write(`${line}\n`);

function cleanUpCommand({ places }: Arguments): string {
  return `npm run live-check --${places} --clean-up`;
}

function showError(error: unknown): void {
  for (let each = error; each instanceof Error; each = each.cause) {
    note(each.stack ?? each.message);
  }
}

async function open({ region, otherRegion, peerProfile }: Arguments): Promise<Session> {
  const home = region ?? (await defaultRegion());
  try {
    return await openSession({
      region: home,
      ...(otherRegion === undefined ? {} : { otherRegion }),
      ...(peerProfile === undefined ? {} : { peerProfile }),
    });
  } catch (error) {
    const { why, remedy } = refusalOf(error, home);
    throw new CliError(`${why} ${remedy}`, { cause: error });
  }
}

/** Where it was, without whose it was. */
function headingOf({ home, other }: Session, started: Date): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  const regions = [home.region, ...('region' in other ? [other.region] : [])].join(' and ');
  return `vpc-peering-autopilot ${version}, ${started.toISOString().slice(0, 10)}, partition ${home.partition}, ${regions}`;
}

function show(result: LiveResult, heading: string, args: Arguments): void {
  const mask = args.accounts === 'shown' ? (text: string) => text : masked;
  if (args.output === 'json') {
    const leftovers = result.leftovers.map(({ what, why }) => ({ what: mask(what), why: mask(why) }));
    answer(JSON.stringify({ about: heading, results: result.outcomes, leftovers }, undefined, 2));
  } else {
    for (const line of outcomesText(result.outcomes, heading)) answer(line);
  }
  note(`\n${summaryText(result)}`);
  for (const line of leftoverText(result.leftovers, cleanUpCommand(args))) note(line);
}

async function run(args: Arguments, signals: Signals): Promise<ExitCode> {
  const session = await open(args);
  const started = new Date();
  const id = randomBytes(4).toString('hex');
  const tried = args.checks.filter((check) => missingFor(check, session) === undefined);
  if (tried.some(({ makes }) => makes.length > 0)) {
    for (const line of planText(args.checks, session, id)) note(line);
    note('');
    if (args.consent === 'ask' && (await agreed('Go on?', signals.signal)) === 'no') {
      note('Nothing was made.');
      return 3;
    }
  }
  const interruption = createInterruption(signals.signal);
  const result = await runChecks(args.checks, {
    session,
    interruption,
    patience: { longest: args.longestMs, quiet: args.quietMs, interruption },
    run: id,
    ...(args.stage === undefined ? {} : { stage: args.stage }),
    mask: args.accounts === 'shown' ? (text) => text : masked,
    tell: note,
    debug: args.errors === 'full' ? showError : () => undefined,
  });
  show(result, headingOf(session, started), args);
  return exitCodeOf(result);
}

async function cleanUp(args: Arguments, signals: Signals): Promise<ExitCode> {
  const session = await open(args);
  const { entries, unknown } = await findTagged(placesOf(session));
  for (const { kind, region, why, remedy } of unknown) {
    note(`What there is of kind ${kind} in ${region} is not known. ${why} ${remedy}`);
  }
  const where = placesOf(session)
    .map(({ accountId, region }) => `${region} of ${accountId}`)
    .join(', ');
  if (entries.length === 0) {
    note(`Nothing is left behind in ${where}.`);
    return unknown.length === 0 ? 0 : 1;
  }
  note('Left behind by a live check:');
  for (const { kind, place, id } of entries) {
    note(`  ${kind.name} ${id} in ${place.region} of account ${place.accountId}`);
  }
  if (args.consent === 'ask' && (await agreed('Remove all of this?', signals.signal)) === 'no') {
    note('Nothing was removed.');
    return 1;
  }
  const { leftovers, removed } = await removeEntries(entries);
  note(`Removed ${removed} of ${entries.length}.`);
  for (const line of leftoverText(leftovers, cleanUpCommand(args))) note(line);
  return leftovers.length === 0 && unknown.length === 0 ? 0 : 1;
}

async function main(args: Arguments, signals: Signals): Promise<ExitCode> {
  switch (args.mode) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'list':
      for (const line of listText(args.checks)) answer(line);
      return 0;
    case 'clean-up':
      return cleanUp(args, signals);
    case 'run':
      return run(args, signals);
  }
}

// The SDK's advice on Node versions is none of the person's concern here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// A reader that has seen enough is no reason to leave anything behind.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
try {
  const args = readArguments(process.argv.slice(2));
  const signals = watchSignals({
    first: () => note('\nStopping. What was made is removed first; Ctrl-C once more leaves it.'),
    second: () => note(`\nLeft as it is. ${cleanUpCommand(args)} removes it.`),
  });
  process.exitCode = await main(args, signals);
  signals.endAsTold();
} catch (error) {
  note(`live-check: ${describeError(error)}`);
  if (process.argv.includes('--debug')) showError(error);
  process.exitCode = 1;
}
