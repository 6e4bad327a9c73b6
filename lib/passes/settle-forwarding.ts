import { pingDocumentName } from '../connectivity/ping-document.ts';
import { bySweepText } from '../forwarding/by-sweep.ts';
import { desiredForwarding } from '../forwarding/desired.ts';
import { type ForwardingChange, planForwarding, planForwardingRemoval } from '../forwarding/plan.ts';
import { classifyAwsError, inAwsWords } from '../model/aws-error.ts';
import type { Policy } from '../policy/schema.ts';
import type { ForwardingStore } from '../ports/forwarding-store.ts';
import type { Journal } from '../ports/journal.ts';
import type { Topic } from '../ports/outbox.ts';
import { countPermanent } from './failure.ts';
import { troubleOf } from './forwarding-trouble.ts';

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
  /**
   * `by-sweep`: EventBridge carries no event from there, so the sweep has to find all. `unusable`: the account cannot use this
   * Region, so there is nothing to carry and nowhere to put a rule.
   */
  readonly result: 'kept' | 'removed' | 'by-sweep' | 'unusable' | 'failed';
  /** What was done, in order. */
  readonly changes: readonly ForwardingChange['action'][];
  /** by-sweep, unusable and failed. */
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

/** EventBridge will never take this target, whatever is tried: neither a permission, a quota nor bad luck. */
function isRefusedTarget({ action }: ForwardingChange, error: unknown): boolean {
  const { kind } = classifyAwsError(error);
  return action === 'put-target' && (kind === 'invalid' || kind === 'unknown');
}

/**
 * Makes the changes in order. Where the target is refused, all else stays: a rule without a target does nothing, and the next
 * sweep only tries the target again.
 *
 * @param changes gets what was done, also if a change then fails.
 * @returns what EventBridge said to the own bus as a target; undefined when it took it.
 */
async function applyAll(
  { forwarding, journal }: ForwardDependencies,
  region: string,
  planned: readonly ForwardingChange[],
  changes: ForwardingChange['action'][],
): Promise<string | undefined> {
  let refusal: string | undefined;
  for (const change of planned) {
    if (refusal !== undefined && change.action === 'put-target') {
      continue;
    }
    try {
      await forwarding.apply(region, change);
    } catch (error) {
      if (!isRefusedTarget(change, error)) {
        throw error;
      }
      refusal = inAwsWords(error);
      journal.warn('own bus refused as a target', { region, resource: nameOf(change), reason: refusal });
      continue;
    }
    changes.push(change.action);
    journal.info('forwarding changed', { region, action: change.action, resource: nameOf(change) });
  }
  return refusal;
}

async function keepOrRemove(
  dependencies: ForwardDependencies,
  region: string,
  wanted: Wanted,
  changes: ForwardingChange['action'][],
): Promise<RegionForwarding> {
  const { policy, stage, homeBusArn, forwarding, journal } = dependencies;
  const inPlace = await forwarding.read(region);
  const { undelivered = 0, url } = inPlace.queue ?? {};
  if (undelivered > 0) {
    journal.error('events not carried home', { region, undelivered, queue: url });
    journal.metric('EventsNotForwarded', undelivered);
    // They wait until somebody purges the queue.
    countPermanent(journal, [{ retry: false }]);
  }
  if (wanted === 'removed') {
    await applyAll(dependencies, region, planForwardingRemoval(inPlace, pingDocumentName(stage)), changes);
    return { region, result: 'removed', changes };
  }
  const desired = desiredForwarding(dependencies, region);
  const refusal = await applyAll(dependencies, region, planForwarding(desired, inPlace), changes);
  if (desired.rules.length > 0 && refusal === undefined) {
    return { region, result: 'kept', changes };
  }
  const about = { region, homeBusArn, sweep: policy.schedules.sweep };
  const reason = bySweepText(refusal === undefined ? about : { ...about, refusal });
  return { region, result: 'by-sweep', changes, reason };
}

export async function settleRegion(
  dependencies: ForwardDependencies,
  region: string,
  wanted: Wanted,
): Promise<RegionForwarding> {
  const { journal } = dependencies;
  const changes: ForwardingChange['action'][] = [];
  try {
    return await keepOrRemove(dependencies, region, wanted, changes);
  } catch (error) {
    const outcome = { region, changes, ...(await troubleOf(dependencies, region, error)) };
    journal.error('events of a Region are not carried home', { ...outcome });
    return outcome;
  }
}
