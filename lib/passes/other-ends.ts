import { readCommandComment } from '../connectivity/probe-commands.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { Invocation } from '../ports/connectivity.ts';
import { healthOf } from './ended-command.ts';
import type { RecordDependencies } from './record-dependencies.ts';

/** Probes of one check are sent within this time. */
const ONE_CHECK_MS = 120_000;

/** Both ends ping at the same time, so the other one's probe ends within seconds. */
const WAITS_MS = [500, 1000, 2000];

async function invocationsOf(
  { commands, now }: RecordDependencies,
  region: string,
  peeringId: string,
  atHand: ReadonlySet<string>,
): Promise<Invocation[]> {
  const since = new Date(now().getTime() - ONE_CHECK_MS);
  return (await commands.readInvocationsSince(region, since)).filter(
    ({ commandId, comment }) =>
      !atHand.has(commandId) && readCommandComment(comment)?.peeringId === peeringId,
  );
}

async function endedIn(
  dependencies: RecordDependencies,
  region: string,
  peeringId: string,
  atHand: ReadonlySet<string>,
): Promise<string[]> {
  let found = await invocationsOf(dependencies, region, peeringId, atHand);
  for (const wait of WAITS_MS) {
    if (found.every(({ status }) => isFinal(status))) {
      break;
    }
    await dependencies.sleep(wait);
    found = await invocationsOf(dependencies, region, peeringId, atHand);
  }
  const open = new Set(found.filter(({ status }) => !isFinal(status)).map(({ commandId }) => commandId));
  return [...new Set(found.map(({ commandId }) => commandId))].filter((id) => !open.has(id));
}

/** What one command of the same check found out, with its target. */
export interface OtherEnd {
  readonly health: PeeringHealth;
  readonly target: string;
}

/**
 * How a peering looks by the other probes of the same check, which may have ended a moment ago and not been recorded yet: people are
 * told once, of all of it.
 *
 * @param regions from which this account pings across it. @param atHand commands that are known already.
 */
export async function readOtherEnds(
  dependencies: RecordDependencies,
  regions: readonly string[],
  peeringId: string,
  atHand: ReadonlySet<string>,
): Promise<OtherEnd[]> {
  const ends = await Promise.all(
    regions.map(async (region) => {
      const commandIds = await endedIn(dependencies, region, peeringId, atHand);
      const read = commandIds.map(async (commandId): Promise<OtherEnd[]> => {
        const invocations = await dependencies.commands.readCommand(region, commandId);
        const about = readCommandComment(invocations[0]?.comment ?? '');
        const health =
          about === undefined ? undefined : healthOf(region, about, invocations, dependencies.policy);
        return about === undefined || health === undefined ? [] : [{ health, target: about.target }];
      });
      return (await Promise.all(read)).flat();
    }),
  );
  return ends.flat();
}
