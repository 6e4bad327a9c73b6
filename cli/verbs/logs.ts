import { utc, utcToTheSecond } from '../../lib/model/utc.ts';
import { didYouMean } from '../../lib/policy/did-you-mean.ts';
import { stackOf } from '../deployed.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { entryOf, type FoldedEntry, folded } from '../logs/log-entry.ts';
import { type LogRead, readLog } from '../logs/read.ts';
import { type Output, shown } from '../output.ts';
import { sinceOf } from '../since.ts';
import { type DeployedStack, stackName } from '../stack.ts';
import type { Invocation, Verb } from '../verb.ts';

const DEFAULT_SINCE = '24h';

interface FunctionLog extends LogRead {
  /** Short: `sweep`. */
  readonly name: string;
  readonly entries: readonly FoldedEntry[];
}

/** Deployed names by short name. */
function functionsOf(stack: DeployedStack): ReadonlyMap<string, string> {
  const prefix = `${stackName(stack.stage)}-`;
  return new Map(
    stack
      .ofType('AWS::Lambda::Function')
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name.slice(prefix.length), name] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function chosen(functions: ReadonlyMap<string, string>, wanted: string | undefined): [string, string][] {
  if (wanted === undefined) {
    return [...functions];
  }
  // As consoles and alarms call it, too.
  const found = [...functions].find((names) => names.includes(wanted));
  if (found === undefined) {
    const near = didYouMean(wanted, [...functions.keys()]);
    throw new CliError(
      `The stack has no function ${shown(wanted, 60)}; its functions: ${[...functions.keys()].join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    );
  }
  return [found];
}

async function readAll(invocation: Invocation, stack: DeployedStack, since: Date): Promise<FunctionLog[]> {
  const { positionals, options, progress } = invocation;
  const functions = chosen(functionsOf(stack), positionals[0]);
  progress.doing('Reading logs');
  const logs = await Promise.all(
    functions.map(async ([name, deployed]): Promise<FunctionLog> => {
      const read = await readLog(deployed, stack.region, since);
      const entries = read.lines
        .flatMap((line) => entryOf(line) ?? [])
        .filter(({ level }) => options.all || level === 'error');
      return { ...read, name, entries: folded(entries) };
    }),
  );
  progress.done();
  return logs;
}

function writeEntry(name: string, entry: FoldedEntry, output: Output): void {
  const { at, level, what, why, about, times, first, requestId, remedy } = entry;
  const often = times === 1 ? '' : `  ${times} times since ${utcToTheSecond(new Date(first))}`;
  const paint = level === 'error' ? 'red' : 'yellow';
  output.line(`${utcToTheSecond(new Date(at))}  ${output.paint(level, paint)}  ${name}${often}`);
  output.line(`    ${shown(why === '' ? what : `${what}: ${why}`)}`);
  const more = [...about, ...(requestId === undefined ? [] : [`request id ${requestId}`])].join(', ');
  if (more !== '') {
    output.line(`    ${output.paint(shown(more), 'dim')}`);
  }
  if (remedy !== undefined) {
    output.line(`    ${remedy}`);
  }
}

function documentOf(logs: readonly FunctionLog[], region: string, since: Date): Document<'logs'> {
  return {
    since: since.toISOString(),
    region,
    functions: logs.map(({ name, extent, entries }) => ({
      name,
      extent,
      entries: entries.map(({ at, first, times, level, what, why, about, requestId, remedy }) => ({
        at: new Date(at).toISOString(),
        first: new Date(first).toISOString(),
        times,
        level,
        what,
        why,
        about: [...about],
        requestId: requestId ?? null,
        remedy: remedy ?? null,
      })),
    })),
  };
}

function writeAll(logs: readonly FunctionLog[], since: Date, { options, output }: Invocation): void {
  const inOrder = logs
    .flatMap(({ name, entries }) => entries.map((entry) => ({ name, entry })))
    .sort((a, b) => a.entry.at - b.entry.at);
  for (const { name, entry } of inOrder) {
    writeEntry(name, entry, output);
  }
  const read = logs.filter(({ extent }) => extent !== 'none').map(({ name }) => name);
  if (inOrder.length === 0 && read.length > 0) {
    const kind = options.all ? 'error or warning' : 'error';
    output.line(`No ${kind} is in the logs of ${read.join(', ')} since ${utc(since)}.`);
  }
  for (const { name, extent } of logs) {
    if (extent === 'none') {
      output.line(`${name} has written no log: it has not run yet, or its log was deleted.`);
    }
    if (extent === 'cut') {
      output.note(
        `note: The log of ${name} has more lines than are read at once. Ask for less, such as --since 1h.`,
      );
    }
  }
}

/** What went wrong in the functions, in words, from their logs. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const since = sinceOf(options.since ?? DEFAULT_SINCE, new Date());
  const stack = await stackOf(invocation, 'only a deployed function writes a log');
  const logs = await readAll(invocation, stack, since);
  if (options.json) {
    output.json(documentOf(logs, stack.region, since));
  } else {
    writeAll(logs, since, invocation);
  }
  return logs.some(({ entries }) => entries.some(({ level }) => level === 'error')) ? 2 : 0;
};
