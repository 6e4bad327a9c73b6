import { setTimeout as delay } from 'node:timers/promises';
import { eventsToRemember, handedBackEvents, routeEvents } from '../../lib/messages/history.ts';
import { append } from '../../lib/model/append.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Change } from '../../lib/model/change.ts';
import { BY_POLICY } from '../../lib/model/history.ts';
import type { MemoryUpdate } from '../../lib/model/memory.ts';
import { type ApplyResult, applyPlan } from '../../lib/passes/apply-changes.ts';
import { markSynced, unfinishedPeerings } from '../../lib/passes/mark-synced.ts';
import { updatesAfter } from '../../lib/passes/remember.ts';
import type { OptionOutcome } from '../../lib/passes/set-options.ts';
import { syncOptions } from '../../lib/passes/sync-options.ts';
import { routeEc2 } from '../../lib/passes/sync-writer.ts';
import { appliedChanges } from '../../lib/report/held.ts';
import type { PlannedChange } from '../../lib/report/shown-assessment.ts';
import type { WantedOption } from '../../lib/routing/options.ts';
import { type AssessedAccount, type Assessment, assess, changeKey } from '../assess.ts';
import type { ReadScope } from '../read.ts';
import type { Work } from './work.ts';

/** How long EC2 may take until an accepted peering is active. */
const ACTIVE_WAITS_MS = [200, 400, 800, 1600, 3200, 6400];

export interface RoutesDone {
  readonly result: ApplyResult;
  readonly options: readonly OptionOutcome[];
  /** What is left beside what the outcomes say. */
  readonly left: readonly string[];
}

/** Reads and plans again, until what was accepted is active. */
export async function planAgain(work: Work, accepted: ReadonlySet<string>): Promise<Assessment> {
  const { invocation, policies, shownPlan } = work;
  for (const wait of ACTIVE_WAITS_MS) {
    const fresh = await assess(invocation, policies, shownPlan.source);
    const waiting = fresh.views.some(
      ({ view }) => accepted.has(view.peering.peeringId) && view.peering.status !== 'active',
    );
    if (!waiting) {
      return fresh;
    }
    invocation.progress.doing('Waiting for the peerings to become active');
    await delay(wait);
  }
  return assess(invocation, policies, shownPlan.source);
}

function optionKey({ region, peeringId, vpcId, side }: WantedOption): string {
  return [region, peeringId, vpcId, side].join(' ');
}

/** What was agreed on and still is to be made, and what has come up since. */
function stillAgreed(fresh: Assessment, agreed: readonly PlannedChange[]) {
  const heldByWhenShown = new Map(agreed.map((change) => [changeKey(change), change.heldBy]));
  const now = appliedChanges(fresh.changes);
  const isAgreed = (change: PlannedChange): boolean =>
    heldByWhenShown.has(changeKey(change)) &&
    // Nobody agreed to deletes that have only now become too many at once.
    (change.heldBy !== 'mass-delete' || heldByWhenShown.get(changeKey(change)) === 'mass-delete');
  return {
    changes: now.filter((change) => change.after === undefined && isAgreed(change)),
    newer: now.filter((change) => !isAgreed(change)),
  };
}

/** `applyPlan` makes nothing that is held; a person has let these through. What is told of them keeps what held them. */
async function makeChanges(
  { policy, reader, writer, pace }: Work,
  changes: readonly PlannedChange[],
): Promise<ApplyResult> {
  const original = new Map(
    changes.map((change): [Change, PlannedChange] => {
      const { heldBy: _, ...free } = change;
      return [free, change];
    }),
  );
  const { outcomes, ...result } = await applyPlan([...original.keys()], {
    ec2: routeEc2({ reader, writer }),
    pace,
    clock: { now: Date.now },
    mode: policy.mode,
    tagPrefix: policy.tagPrefix,
  });
  return {
    ...result,
    outcomes: outcomes.map((outcome) => ({
      ...outcome,
      change: original.get(outcome.change) ?? outcome.change,
    })),
  };
}

/** Makes the changes that were shown and still are to be made, marks the peerings that are complete, and remembers it. */
export async function changeRoutes(
  work: Work,
  fresh: Assessment,
  agreed: readonly PlannedChange[],
): Promise<RoutesDone> {
  const { invocation, shownPlan, writer, pace, policy } = work;
  const { changes, newer } = stillAgreed(fresh, agreed);
  invocation.progress.doing(`Making ${changes.length} changes`);
  const result = await makeChanges(work, changes);
  const agreedOptions = new Set(shownPlan.options.map(optionKey));
  const wanted = fresh.options.filter((option) => agreedOptions.has(optionKey(option)));
  const setting = { writer, pace, mode: policy.mode, deadline: Number.POSITIVE_INFINITY };
  const options = await syncOptions(wanted, setting, new Date());
  const left: string[] = [];
  const made = new Set(changes.map(changeKey));
  for (const account of fresh.accounts) {
    for (const scope of account.scopes) {
      append(left, await markRegion(work, { account, scope, made, result }));
      append(left, await remember(work, { account, scope, result, options }));
    }
  }
  if (newer.length > 0) {
    left.push(`${newer.length} changes have come up since the plan was shown. Run peering apply again.`);
  }
  return { result, options: options.outcomes, left };
}

interface InRegion {
  readonly account: AssessedAccount;
  readonly scope: ReadScope;
  readonly result: ApplyResult;
}

async function markRegion(
  { policy, writer, pace }: Work,
  { account, scope, made, result }: InRegion & { readonly made: ReadonlySet<string> },
): Promise<string[]> {
  // Those that `--vpc` or `--region` left out, too: their peerings are not complete.
  const withheld = account.whole.changes.filter((change) => !made.has(changeKey(change)));
  const { failures } = await markSynced(
    { policy, writer, pace, now: () => new Date(), millisecondsLeft: () => Number.POSITIVE_INFINITY },
    scope.inventory,
    account.whole,
    unfinishedPeerings(result, withheld),
  );
  return failures.map((error) => classifyAwsError(error).message);
}

/** Which routes are the product's own now: the functions repair and remove no others. */
async function remember(
  { memory, policy: { tagPrefix } }: Work,
  {
    account,
    scope: { scope, inventory, memory: before },
    result,
    options,
  }: InRegion & {
    readonly options: {
      readonly outcomes: readonly OptionOutcome[];
      readonly updates: readonly MemoryUpdate[];
    };
  },
): Promise<string[]> {
  const { region } = scope;
  const outcomes = result.outcomes.filter(({ change }) => change.region === region);
  const learned = account.whole.learned.get(region) ?? [];
  const written = outcomes.filter(({ outcome }) => outcome === 'written').map(({ change }) => change);
  const updates = [
    ...eventsToRemember([
      ...routeEvents(written, BY_POLICY, new Date()),
      ...handedBackEvents(learned, { tables: inventory.tables, tagPrefix }, new Date()),
    ]),
    ...updatesAfter({ memory: before, learned, outcomes, now: new Date() }),
    ...(options.outcomes.some(({ option }) => option.region === region) ? options.updates : []),
  ];
  if (updates.length === 0) {
    return [];
  }
  try {
    await memory.update(region, updates);
    return [];
  } catch (error) {
    return [
      `What was done in ${region} could not be remembered, so the stack takes these routes for its own only once it finds them. ${classifyAwsError(error).message}`,
    ];
  }
}
