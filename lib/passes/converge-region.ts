import { freezeIn } from '../model/freeze.ts';
import type { Hint } from '../model/hint.ts';
import type { ApplyResult } from './apply-changes.ts';
import { deleteExpired, type EndedByTime } from './delete-expired.ts';
import { type Attempts, createAttempts, type Failure, failureOf } from './failure.ts';
import { logRegion } from './log-region.ts';
import { countWritten, logFailures, makeChanges, writtenOf } from './make-changes.ts';
import { markSynced, TELLING_MS, unfinishedPeerings } from './mark-synced.ts';
import { noteRefusedRepairs } from './note-refused-repairs.ts';
import type { RegionView } from './region-view.ts';
import { rememberRegion } from './remember-region.ts';
import { isHandedOn, type RegionSync, type SyncDependencies, WORK_HANDED_ON } from './sync-dependencies.ts';
import { optionsOf } from './sync-options.ts';
import { tellFailedCalls } from './tell-failed-calls.ts';
import { tellPeers } from './tell-peers.ts';
import { tell, tellFromBefore, tellLater } from './tell-region.ts';
import { keepingTopic } from './unsent.ts';

/** Tags are writes, too. */
const NO_MARKS: Awaited<ReturnType<typeof markSynced>> = { marked: [], failures: [] };

const NOTHING_ENDED: EndedByTime = { deleted: [], failed: [] };

export interface Converging {
  readonly view: RegionView;
  readonly hints: readonly Hint[];
  /** What failed already and may succeed when tried again. */
  readonly known: readonly Failure[];
}

/**
 * Tells people what was found in one Region, makes the changes that nothing keeps from being made, and remembers them. What
 * does not depend on each other goes side by side; one of these failing does not keep the others from being done.
 */
export async function convergeRegion(
  dependencies: SyncDependencies,
  { view, hints, known }: Converging,
): Promise<RegionSync> {
  const { policy, pace, journal, millisecondsLeft } = dependencies;
  const { region, inventory, assessment, changes, remembered } = view;
  const telling = { ...dependencies, topic: keepingTopic(dependencies, region, remembered) };
  const attempts = createAttempts(known);
  const isFrozen = freezeIn(remembered.notes, dependencies.now()) !== undefined;
  const toldAlready = hints.every(isHandedOn);
  logRegion(toldAlready ? { ...view, findings: [] } : view, policy, journal, dependencies.now());

  const [result] = await Promise.all([
    makeChanges(dependencies, view),
    toldAlready ? undefined : tell(telling, view, hints, attempts),
    toldAlready ? undefined : tellFromBefore(dependencies, view, attempts, isFrozen ? 'frozen' : 'free'),
  ]);
  const written = writtenOf(result);
  const heldBackChanges = changes.filter(({ heldBy }) => heldBy !== undefined);
  const options = await optionsOf(dependencies, view, hints, attempts);
  const [marks] = await Promise.all([
    isFrozen
      ? NO_MARKS
      : markSynced(dependencies, inventory, assessment, unfinishedPeerings(result, heldBackChanges)),
    attempts.attempt(() => rememberRegion(dependencies, { view, hints }, result, options.updates)),
  ]);
  const later = { outcomes: result.outcomes, findings: [...result.findings, ...options.findings] };
  await attempts.attempt(() => tellLater(telling, view, hints, later));
  const ended = isFrozen || toldAlready ? NOTHING_ENDED : await endByTime(telling, view, attempts);
  await attempts.attempt(() => tellFailedCalls(telling, view, result, options.outcomes, ended.failed));
  await attempts.attempt(() => noteRefusedRepairs(telling, view, hints, result, options.outcomes));

  if (result.handedOn.length > 0) {
    // The next invocation may be another process, which takes the buckets to be full.
    await pace.refill(region, millisecondsLeft() - TELLING_MS);
  }
  await attempts.attempt(() => publish(dependencies, region, marks.marked, result));
  await tellPeers(dependencies, inventory, hints, marks.marked);

  const failures = logFailures(dependencies, region, result, options.outcomes, [
    ...marks.failures.map(failureOf),
    ...ended.failed,
    ...attempts.failures,
  ]);
  const counts = countWritten(dependencies, written);
  return {
    region,
    findings: view.findings.length,
    notJudged: view.notJudged.length,
    ...counts,
    synced: marks.marked,
    failures,
    handedOn: result.handedOn.length,
  };
}

/** Deletes what its time has ended; what fails beside the calls themselves is tried again. */
async function endByTime(
  dependencies: SyncDependencies,
  view: RegionView,
  { attempt }: Attempts,
): Promise<EndedByTime> {
  let ended = NOTHING_ENDED;
  await attempt(async () => {
    ended = await deleteExpired(dependencies, view, attempt);
  });
  return ended;
}

/** What other stacks, and this one, have to know of it. */
async function publish(
  { bus, accountId }: SyncDependencies,
  region: string,
  marked: readonly string[],
  { handedOn }: ApplyResult,
): Promise<void> {
  const events = [
    ...marked.map((peeringId) => ({
      type: 'Routes Synced' as const,
      detail: { accountId, region, peeringId },
    })),
    ...(handedOn.length > 0
      ? [{ type: WORK_HANDED_ON, detail: { accountId, region, changes: handedOn.length } }]
      : []),
  ];
  if (events.length > 0) {
    await bus.publish(events);
  }
}
