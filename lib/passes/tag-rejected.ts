import { classifyAwsError } from '../model/aws-error.ts';
import type { Peering } from '../model/peering.ts';
import { decidedBefore, decisionTags } from '../policy/decision-tags.ts';
import { TELLING_MS } from './mark-synced.ts';
import type { RegionView } from './region-view.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { allOf } from './tell-once.ts';
import { type NotedRejection, rejectionOf } from './untold-decision.ts';

/**
 * Writes the tags of rejected requests that could not be written when they were rejected. EC2 shows such a request to its
 * accepter for two hours more, and who looks at it there shall see why it was rejected. What time leaves over the next sweep
 * does.
 *
 * @throws AWS errors, after every request was tried.
 */
export async function tagRejected(dependencies: SyncDependencies, view: RegionView): Promise<void> {
  const { accountId, policy, now } = dependencies;
  const { region, inventory, remembered } = view;
  if (policy.mode === 'observe') {
    return;
  }
  const untagged = inventory.peerings.flatMap((peering) => {
    const { peeringId, status, accepter } = peering;
    const rejection =
      status === 'rejected' && accepter.accountId === accountId && accepter.region === region
        ? rejectionOf(remembered, peeringId, now())
        : undefined;
    return rejection === undefined || decidedBefore(policy.tagPrefix, peering, rejection)
      ? []
      : [{ peering, rejection }];
  });
  await allOf(untagged.map(({ peering, rejection }) => tagOne(dependencies, peering, rejection)));
}

async function tagOne(
  { policy, writer, pace, journal, millisecondsLeft }: SyncDependencies,
  { peeringId, accepter: { region } }: Peering,
  rejection: NotedRejection,
): Promise<void> {
  const deadline = Date.now() + millisecondsLeft() - TELLING_MS;
  if ((await pace.take(region, 'CreateTags', deadline)) === 'too-late') {
    return;
  }
  try {
    await writer.tag(region, peeringId, decisionTags(policy.tagPrefix, rejection, rejection.at));
  } catch (error) {
    const { kind, message } = classifyAwsError(error);
    if (kind !== 'not-found') {
      throw error;
    }
    journal.warn('not tagged', { peeringId, reason: message });
  }
}
