import { readCommandComment } from '../connectivity/probe-commands.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import { runLimited } from '../ports/run-limited.ts';
import { healthOf } from './ended-command.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { endedBesides } from './same-check.ts';

/** Commands that are read side by side. */
const READERS = 10;

/** Both ends ping at the same time, so the other one's probe ends within seconds. */
const WAITS_MS = [500, 1000, 2000];

/** What one command of the same check found out, with its target. */
export interface OtherEnd {
  readonly health: PeeringHealth;
  readonly target: string;
  readonly sentAt: Date;
}

/**
 * How peerings look by the other probes of the same check, which may have ended a moment ago and not been recorded yet: people are
 * told once, of all of it.
 *
 * @param regions from which this account pings across them. @param atHand commands that are known already.
 */
export async function readOtherEnds(
  dependencies: RecordDependencies,
  regions: readonly string[],
  peeringIds: ReadonlySet<string>,
  atHand: ReadonlySet<string>,
): Promise<OtherEnd[]> {
  const ends: OtherEnd[] = [];
  for (const region of regions) {
    const ended = await endedBesides(dependencies, region, {
      isAbout: (peeringId) => peeringIds.has(peeringId),
      atHand,
      waits: WAITS_MS,
    });
    await runLimited([...ended.keys()], READERS, async (commandId) => {
      const invocations = await dependencies.commands.readCommand(region, commandId);
      const [first] = invocations;
      const about = readCommandComment(first?.comment ?? '');
      const health =
        about === undefined ? undefined : healthOf(region, about, invocations, dependencies.policy);
      if (first !== undefined && about !== undefined && health !== undefined) {
        ends.push({ health, target: about.target, sentAt: first.requestedAt });
      }
    });
  }
  return ends;
}
