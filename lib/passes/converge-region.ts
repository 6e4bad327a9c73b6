import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { type ApplyResult, applyPlan } from './apply-changes.ts';
import { type Attempts, createAttempts, type Failure, failureOf } from './failure.ts';
import { markSynced, TELLING_MS, unfinishedPeerings } from './mark-synced.ts';
import type { RegionView } from './region-view.ts';
import { registryUpdates, repairUpdates } from './remember.ts';
import { reportRegion } from './report-region.ts';
import type { OptionOutcome } from './set-options.ts';
import { SETTLING_WAITS_MS, saysAccepted } from './settled-state.ts';
import { syncOptions } from './sync-options.ts';
import { isHandedOn, type RegionSync, type SyncDependencies, WORK_HANDED_ON } from './sync-routes.ts';
import { routeEc2 } from './sync-writer.ts';
import { tellFailedCalls } from './tell-failed-calls.ts';
import { tellFindings } from './tell-findings.ts';
import { tellPeers } from './tell-peers.ts';
import { endedFindings, tellAcceptedByHand, tellEnded, tellOwnRequestsEnded } from './tell-people.ts';

/** Kept back from the Lambda's time for tags, events and metrics after the last route. Milliseconds. */
const RESERVE_MS = 15_000;

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
  const { policy, pace, bus, journal, accountId, remaining } = dependencies;
  const { region, inventory, assessment, changes } = view;
  const attempts = createAttempts(known);
  const toldAlready = hints.every(isHandedOn);
  reportRegion(toldAlready ? { ...view, findings: [] } : view, policy, journal);

  const [result] = await Promise.all([
    makeChanges(dependencies, view),
    toldAlready ? undefined : tell(dependencies, view, hints, attempts),
  ]);
  const written = writtenOf(result);
  const held = changes.filter(({ heldBy }) => heldBy !== undefined);
  const options = await optionsOf(dependencies, view, hints, attempts);
  const [marks] = await Promise.all([
    markSynced(dependencies, inventory, assessment, unfinishedPeerings(result, held)),
    attempts.attempt(() => remember(dependencies, view, result, options.updates)),
  ]);
  await attempts.attempt(() =>
    tellLater(dependencies, view, hints, [...result.findings, ...options.findings]),
  );
  await attempts.attempt(() => tellFailedCalls(dependencies, view, result));

  if (result.remaining.length > 0) {
    // The next invocation may be another process, which takes the buckets to be full.
    await pace.refill(region, remaining() - TELLING_MS);
  }
  const events = [
    ...marks.marked.map((peeringId) => ({
      type: 'Routes Synced' as const,
      detail: { accountId, region, peeringId },
    })),
    ...(result.remaining.length > 0
      ? [{ type: WORK_HANDED_ON, detail: { accountId, region, changes: result.remaining.length } }]
      : []),
  ];
  if (events.length > 0) {
    await attempts.attempt(() => bus.publish(events));
  }
  await tellPeers(dependencies, inventory, hints, marks.marked);

  const failures = reportFailures(dependencies, region, result, options.outcomes, [
    ...marks.failures.map(failureOf),
    ...attempts.failures,
  ]);
  const counts = countWritten(dependencies, written);
  return {
    region,
    findings: view.findings.length,
    ...counts,
    synced: marks.marked,
    failures,
    handedOn: result.remaining.length,
  };
}

function writtenOf({ outcomes }: ApplyResult): Change[] {
  return outcomes.filter(({ outcome }) => outcome === 'written').map(({ change }) => change);
}

async function makeChanges(dependencies: SyncDependencies, view: RegionView): Promise<ApplyResult> {
  const { policy, pace, journal, remaining } = dependencies;
  const { region, changes } = view;
  const result = await applyPlan(
    changes.filter(({ heldBy }) => heldBy === undefined),
    {
      ec2: routeEc2(dependencies),
      pace,
      clock: { now: Date.now },
      mode: policy.mode,
      deadline: Date.now() + remaining() - RESERVE_MS,
      tagPrefix: policy.tagPrefix,
    },
  );
  for (const { change, outcome, reason } of result.outcomes) {
    const { action, routeTableId, destination, peeringId, rule } = change;
    journal.info('route', { action, region, routeTableId, destination, peeringId, rule, outcome, reason });
  }
  return result;
}

/** What people are told of one look: the ends of peerings, acts by hand, and everything else that differs. */
async function tell(
  dependencies: SyncDependencies,
  view: RegionView,
  hints: readonly Hint[],
  { attempt }: Attempts,
): Promise<void> {
  const { region, remembered, nameOf, vpcOf } = view;
  const ended = endedFindings(view);
  const ofEnds = new Set([...ended.values()].flat());
  const rest = view.findings.filter((finding) => !ofEnds.has(finding));
  await Promise.all([
    attempt(() =>
      tellFindings(dependencies, rest, { region, hints, remembered, context: { nameOf, vpcOf } }),
    ),
    attempt(() => tellEnded(dependencies, { view, hints }, ended)),
    attempt(() => tellOwnRequestsEnded(dependencies, { view, hints })),
    attempt(() => tellAcceptedByHand(dependencies, { view, hints })),
  ]);
}

/** What came to light while the changes were made. */
async function tellLater(
  dependencies: SyncDependencies,
  { region, remembered, nameOf, vpcOf }: RegionView,
  hints: readonly Hint[],
  findings: readonly Finding[],
): Promise<void> {
  await tellFindings(dependencies, findings, { region, hints, remembered, context: { nameOf, vpcOf } });
}

async function remember(
  { memory, now, policy }: SyncDependencies,
  { region, remembered, assessment }: RegionView,
  result: ApplyResult,
  more: readonly MemoryUpdate[],
): Promise<void> {
  const updates = [
    ...(assessment.learned.get(region) ?? []),
    ...registryUpdates(result.outcomes, remembered),
    ...repairUpdates(writtenOf(result), remembered, now()),
    ...more,
  ];
  if (updates.length > 0 && policy.mode === 'enforce') {
    await memory.update(region, updates);
  }
}

/** DNS resolution can be set only once the peering is active: after an acceptance that takes a moment. */
async function optionsOf(
  { reader, writer, sleep, now, journal, policy }: SyncDependencies,
  { region, options }: RegionView,
  hints: readonly Hint[],
  { attempt }: Attempts,
): Promise<{
  readonly outcomes: readonly OptionOutcome[];
  readonly updates: readonly MemoryUpdate[];
  readonly findings: readonly Finding[];
}> {
  let wanted = options;
  await attempt(async () => {
    for (const wait of hints.some(saysAccepted) && policy.mode === 'enforce' ? SETTLING_WAITS_MS : []) {
      const waiting = wanted.filter(({ settable }) => !settable).map(({ peeringId }) => peeringId);
      if (waiting.length === 0) {
        break;
      }
      await sleep(wait);
      const found = await reader.readPeerings(region, { peeringIds: waiting });
      const active = new Set(
        found.filter(({ status }) => status === 'active').map(({ peeringId }) => peeringId),
      );
      wanted = wanted.map((option) =>
        active.has(option.peeringId) ? { ...option, settable: true } : option,
      );
    }
  });
  const { outcomes, updates } = await syncOptions(wanted, writer, now());
  for (const { option, result: outcome, reason } of outcomes) {
    journal.info('peering option', { ...option, outcome, reason });
  }
  return { outcomes, updates, findings: outcomes.flatMap(({ finding }) => finding ?? []) };
}

function reportFailures(
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
  const permanent = failures.filter(({ retry }) => !retry).length;
  if (permanent > 0) {
    journal.metric('PermanentFailures', permanent);
  }
  return failures;
}

function countWritten({ journal }: SyncDependencies, written: readonly Change[]) {
  const count = (action: Change['action']) => written.filter((change) => change.action === action).length;
  const counts = { created: count('create'), replaced: count('replace'), deleted: count('delete') };
  if (written.length > 0) {
    journal.metric('RoutesCreated', counts.created);
    journal.metric('RoutesReplaced', counts.replaced);
    journal.metric('RoutesDeleted', counts.deleted);
  }
  return counts;
}
