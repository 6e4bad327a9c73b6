import { assess } from '../assessment/assess.ts';
import type { Assessment, PeeringDeletion } from '../assessment/types.ts';
import { deletedNotification } from '../messages/expiry.ts';
import { eventsToRemember, toldEvent } from '../messages/history.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { BY_POLICY } from '../model/history.ts';
import { deletePeering } from './delete-peering.ts';
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

/** What is done is told, and is in the history; the next look finds nothing to tell any more. */
async function tellDeleted(
  { memory, topic, accountId, now }: SyncDependencies,
  { region, inventory, remembered, nameOf }: RegionView,
  { peeringId, why }: PeeringDeletion,
): Promise<void> {
  const peering = inventory.peerings.find((each) => each.peeringId === peeringId);
  if (peering === undefined) {
    return;
  }
  const message = deletedNotification(why, { peering, region, accountId, nameOf });
  const event = toldEvent('ended', peeringId, { subject: message.subject, why, by: BY_POLICY }, now());
  // Noted as an end that people know of: a later look finds the peering gone, and must not tell it as somebody's doing.
  const { updates } = newsOf(remembered.notes, newsKeys.ended(peeringId), 'told', now());
  await once(memory, region, [...updates, ...eventsToRemember([event])], () => topic.notify(message), {
    isPassing: true,
  });
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
      await deletePeering(dependencies, region, peeringId);
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
