import type { Change } from '../model/change.ts';
import { type ApplyResult, applyPlan } from './apply-changes.ts';
import { countPermanent, type Failure } from './failure.ts';
import type { RegionView } from './region-view.ts';
import type { OptionOutcome } from './set-options.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { routeEc2 } from './sync-writer.ts';

/** Kept back from the Lambda's time for tags, events and metrics after the last route. Milliseconds. */
export const RESERVE_MS = 15_000;

/** The changes that were made by a call of ours. */
export function writtenOf({ outcomes }: ApplyResult): Change[] {
  return outcomes.filter(({ outcome }) => outcome === 'written').map(({ change }) => change);
}

/** Makes the changes of one Region that nothing keeps from being made. */
export async function makeChanges(dependencies: SyncDependencies, view: RegionView): Promise<ApplyResult> {
  const { policy, pace, journal, millisecondsLeft } = dependencies;
  const { region, changes } = view;
  const result = await applyPlan(
    changes.filter(({ heldBy }) => heldBy === undefined),
    {
      ec2: routeEc2(dependencies),
      pace,
      clock: { now: Date.now },
      mode: policy.mode,
      deadline: Date.now() + millisecondsLeft() - RESERVE_MS,
      tagPrefix: policy.tagPrefix,
    },
  );
  for (const { change, outcome, reason } of result.outcomes) {
    const { action, routeTableId, destination, peeringId, rule } = change;
    journal.info('route', { action, region, routeTableId, destination, peeringId, rule, outcome, reason });
  }
  return result;
}

/** What was not done, as log and metrics say it. */
export function logFailures(
  { journal }: SyncDependencies,
  region: string,
  { outcomes }: ApplyResult,
  options: readonly OptionOutcome[],
  more: readonly Failure[],
): Failure[] {
  const failures: Failure[] = [
    ...outcomes
      .filter(({ outcome }) => outcome === 'retryable' || outcome === 'failed')
      .map(({ outcome, reason }) => ({ reason, retry: outcome === 'retryable' })),
    ...options
      .filter(({ result, finding }) => result === 'failed' && finding === undefined)
      .map(({ reason, retry }) => ({ reason, retry: retry === true })),
    ...more,
  ];
  for (const { reason, retry } of failures) {
    journal.error('change not made', { region, reason, retry });
  }
  countPermanent(journal, failures);
  return failures;
}

export function countWritten({ journal }: SyncDependencies, written: readonly Change[]) {
  const count = (action: Change['action']) => written.filter((change) => change.action === action).length;
  const counts = { created: count('create'), replaced: count('replace'), deleted: count('delete') };
  if (written.length > 0) {
    journal.metric('RoutesCreated', counts.created);
    journal.metric('RoutesReplaced', counts.replaced);
    journal.metric('RoutesDeleted', counts.deleted);
  }
  return counts;
}
