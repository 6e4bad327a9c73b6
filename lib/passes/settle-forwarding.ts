import { pingDocumentName } from '../connectivity/ping-document.ts';
import { desiredForwarding } from '../forwarding/desired.ts';
import { type ForwardingChange, planForwarding, planForwardingRemoval } from '../forwarding/plan.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Policy } from '../policy/schema.ts';
import type { ForwardingStore } from '../ports/forwarding-store.ts';
import type { Journal } from '../ports/journal.ts';
import type { Topic } from '../ports/outbox.ts';
import { countDenied, failureOf } from './failure.ts';

export interface ForwardDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly stage: string;
  /** Where the stack is deployed; its own events need no forwarding. */
  readonly homeRegion: string;
  readonly homeBusArn: string;
  readonly forwarderRoleArn: string;
  readonly forwarding: ForwardingStore;
  readonly topic: Topic;
  readonly journal: Journal;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
}

export interface RegionForwarding {
  readonly region: string;
  /** `not-enabled`: the account does not use this Region, so there is nothing to carry and nowhere to put a rule. */
  readonly result: 'kept' | 'removed' | 'not-enabled' | 'failed';
  /** What was done, in order. */
  readonly changes: readonly ForwardingChange['action'][];
  /** not-enabled and failed. */
  readonly reason?: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

export type Wanted = 'kept' | 'removed';

function nameOf(change: ForwardingChange): string {
  switch (change.action) {
    case 'put-rule':
      return change.rule.name;
    case 'put-target':
    case 'remove-targets':
    case 'delete-rule':
      return change.rule;
    case 'set-queue-policy':
    case 'delete-queue':
      return change.url;
    default:
      return change.name;
  }
}

/** A Region that is not enabled answers calls with errors that do not say so; EC2 at home knows. */
async function reasonOf(
  { accountId, forwarding, journal }: ForwardDependencies,
  region: string,
  error: unknown,
): Promise<Pick<RegionForwarding, 'result' | 'reason' | 'retry'>> {
  const { kind } = classifyAwsError(error);
  const failed = { result: 'failed' as const, ...failureOf(error) };
  if (kind !== 'denied' && kind !== 'transient') {
    return failed;
  }
  try {
    const state = await forwarding.readRegionState(region);
    if (state === 'enabled') {
      return failed;
    }
    const what =
      state === 'not-enabled'
        ? `${region} is not enabled in account ${accountId}. Enable it (AWS console, Account, AWS Regions)`
        : `AWS knows no Region ${region} for account ${accountId}. Correct it`;
    return { result: 'not-enabled', reason: `${what}, or take it out of regions in the policy.` };
  } catch (second) {
    journal.warn('Region state not read', { region, reason: failureOf(second).reason });
    if (kind !== 'denied') countDenied(journal, second);
    return failed;
  }
}

export async function settleRegion(
  dependencies: ForwardDependencies,
  region: string,
  wanted: Wanted,
): Promise<RegionForwarding> {
  const { stage, forwarding, journal } = dependencies;
  const changes: ForwardingChange['action'][] = [];
  try {
    const inPlace = await forwarding.read(region);
    const { undelivered = 0, url } = inPlace.queue ?? {};
    if (undelivered > 0) {
      journal.error('events not carried home', { region, undelivered, queue: url });
      journal.metric('EventsNotForwarded', undelivered);
    }
    const planned =
      wanted === 'kept'
        ? planForwarding(desiredForwarding(dependencies, region), inPlace)
        : planForwardingRemoval(inPlace, pingDocumentName(stage));
    for (const change of planned) {
      await forwarding.apply(region, change);
      changes.push(change.action);
      journal.info('forwarding changed', { region, action: change.action, resource: nameOf(change) });
    }
    return { region, result: wanted, changes };
  } catch (error) {
    const outcome = { region, changes, ...(await reasonOf(dependencies, region, error)) };
    journal.error('events of a Region are not carried home', { ...outcome });
    return outcome;
  }
}
