import { isFinal } from '../connectivity/verdict.ts';
import { groupBy } from '../model/group-by.ts';
import type { Hint } from '../model/hint.ts';
import type { Invocation } from '../ports/connectivity.ts';
import type { RecordDependencies } from './record-dependencies.ts';

/** The pings of a check, read all at once some time after they were sent. */

export type PingsHint = Extract<Hint, { kind: 'pings' }>;

/** How long the last ones are waited for, in milliseconds: what takes longer is looked at once more. */
const WAITS_MS = [200, 400, 800, 1600];

/** When a command was requested Systems Manager's clock says, and what the check was asked its own. */
const CLOCKS_DIFFER_MS = 2000;

/** Older ones have lost their result: delivery and steps have their own time limits, which add up to less. */
const GIVEN_UP_AFTER_MS = 150_000;

/** However short the queue makes the time between them. */
const MOST_LOOKS = 10;

export type OneCommand = readonly [Invocation, ...Invocation[]];

function isOf({ requestedAt }: Invocation, { since, until }: PingsHint): boolean {
  const at = requestedAt.getTime();
  return at >= Date.parse(since) - CLOCKS_DIFFER_MS && at <= Date.parse(until) + CLOCKS_DIFFER_MS;
}

function byCommand(invocations: readonly Invocation[]): OneCommand[] {
  return [...groupBy(invocations, ({ commandId }) => [commandId]).values()]
    .flatMap(([first, ...others]): OneCommand[] => (first === undefined ? [] : [[first, ...others]]))
    .sort(([a], [b]) => a.requestedAt.getTime() - b.requestedAt.getTime());
}

export function hasEnded(command: OneCommand): boolean {
  return command.every(({ status }) => isFinal(status));
}

/** The commands of checks in one Region, in the order in which they were sent. Waits a moment for those that have not ended. */
export async function readSentPings(
  { commands, sleep }: Pick<RecordDependencies, 'commands' | 'sleep'>,
  region: string,
  checks: readonly [PingsHint, ...PingsHint[]],
): Promise<OneCommand[]> {
  const since = new Date(Math.min(...checks.map((check) => Date.parse(check.since))) - CLOCKS_DIFFER_MS);
  const read = async () => {
    const invocations = await commands.readPingsSince(region, since);
    return byCommand(invocations.filter((invocation) => checks.some((check) => isOf(invocation, check))));
  };
  let found = await read();
  for (const wait of WAITS_MS) {
    if (found.length > 0 && found.every(hasEnded)) {
      break;
    }
    await sleep(wait);
    found = await read();
  }
  return found;
}

/** Asks for another look at checks whose pings have not all ended, as long as that may be. */
export async function askAgain(
  { accountId, bus, now }: Pick<RecordDependencies, 'accountId' | 'bus' | 'now'>,
  region: string,
  checks: readonly PingsHint[],
  open: readonly OneCommand[],
): Promise<void> {
  const unfinished = checks.filter(
    (check) =>
      check.look < MOST_LOOKS &&
      now().getTime() - Date.parse(check.until) < GIVEN_UP_AFTER_MS &&
      open.some(([first]) => isOf(first, check)),
  );
  if (unfinished.length > 0) {
    await bus.publish(
      unfinished.map(({ since, until, look }) => ({
        type: 'Pings Sent',
        detail: { accountId, region, since, until, look: look + 1 },
      })),
    );
  }
}
