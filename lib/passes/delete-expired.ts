import { assess } from '../assessment/assess.ts';
import type { Assessment, PeeringDeletion } from '../assessment/types.ts';
import { deletedNotification } from '../messages/expiry.ts';
import { eventsToRemember, toldEvent } from '../messages/history.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import { BY_POLICY } from '../model/history.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { Attempts } from './failure.ts';
import { type FailedEnd, failedEnd, isInTime, markEnded } from './mark-ended.ts';
import { readRegions, stateOf } from './read-state.ts';
import type { RegionView } from './region-view.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { once } from './tell-once.ts';

export interface EndedByTime {
  readonly deleted: readonly string[];
  readonly failed: readonly FailedEnd[];
}

function isDue(deletion: PeeringDeletion): boolean {
  return deletion.heldBy === undefined && deletion.waitsFor === undefined;
}

/**
 * Whether it is still so, by all that can be read of both sides now: a deleted peering cannot be brought back, and somebody may have
 * renewed it since this look began.
 */
async function isStillDue(
  dependencies: SyncDependencies,
  { region, peeringId, unread }: PeeringDeletion,
): Promise<boolean> {
  const { policy, now } = dependencies;
  const scopes = [...new Set([region, ...unread])].map((each) => ({ region: each }));
  const { regions, failures } = await readRegions(dependencies, scopes);
  const [error] = failures.values();
  if (error !== undefined) {
    throw error;
  }
  const { state, memory } = await stateOf(dependencies, regions);
  const again: Assessment = assess(state, policy, memory, now());
  return again.deletions.some(
    (each) =>
      each.region === region && each.peeringId === peeringId && isDue(each) && each.unread.length === 0,
  );
}

/** An answer that got lost may have been a yes: EC2 is asked before the call counts as failed. */
async function isGone({ reader }: SyncDependencies, region: string, peeringId: string): Promise<boolean> {
  const found = await reader.readPeerings(region, { peeringIds: [peeringId] });
  return found.every(({ status }) => DEAD_STATUSES.has(status));
}

async function send(dependencies: SyncDependencies, { region, peeringId }: PeeringDeletion): Promise<void> {
  try {
    await dependencies.writer.deletePeering(region, peeringId);
  } catch (error) {
    const { kind } = classifyAwsError(error);
    const mayBeDone = kind === 'transient' || kind === 'conflict' || kind === 'not-found';
    if (!mayBeDone || !(await isGone(dependencies, region, peeringId))) {
      throw error;
    }
  }
}

/** What is done is told, and is in the history; the next look finds nothing to tell any more. */
async function tellDeleted(
  { memory, topic, accountId, now }: SyncDependencies,
  { region, inventory, nameOf }: RegionView,
  { peeringId, why }: PeeringDeletion,
): Promise<void> {
  const peering = inventory.peerings.find((each) => each.peeringId === peeringId);
  if (peering === undefined) {
    return;
  }
  const message = deletedNotification(why, { peering, region, accountId, nameOf });
  const event = toldEvent('ended', peeringId, { subject: message.subject, why, by: BY_POLICY }, now());
  await once(memory, region, eventsToRemember([event]), () => topic.notify(message), { isPassing: true });
}

/**
 * Deletes the peerings whose time is over and whose rule says so, one after the other. One that fails does not stop the others.
 *
 * @param dependencies with the topic that keeps what it cannot send.
 */
export async function deleteExpired(
  dependencies: SyncDependencies,
  view: RegionView,
  attempt: Attempts['attempt'],
): Promise<EndedByTime> {
  const { journal, policy } = dependencies;
  const { region, assessment } = view;
  const isAsked = policy.rules.some(({ onExpiry }) => onExpiry === 'delete');
  if (policy.mode === 'observe' || !isAsked) {
    return { deleted: [], failed: [] };
  }
  const failures = await markEnded(dependencies, view);
  const deleted: string[] = [];
  for (const deletion of assessment.deletions.filter((each) => each.region === region && isDue(each))) {
    const { peeringId, why } = deletion;
    try {
      if (!(await isInTime(dependencies, region, 'DeleteVpcPeeringConnection'))) {
        break;
      }
      if (!(await isStillDue(dependencies, deletion))) {
        journal.info('peering not deleted', {
          region,
          peeringId,
          reason: 'It is not to be deleted any more.',
        });
        continue;
      }
      await send(dependencies, deletion);
    } catch (error) {
      failures.push(failedEnd(peeringId, 'DeleteVpcPeeringConnection', error));
      continue;
    }
    deleted.push(peeringId);
    journal.info('peering deleted', { region, peeringId, reason: why });
    await attempt(() => tellDeleted(dependencies, view, deletion));
  }
  return { deleted, failed: failures };
}
