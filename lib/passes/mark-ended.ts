import { isMarkedEnded } from '../assessment/deletions.ts';
import { classifyAwsError, inAwsWords, isRetryable } from '../model/aws-error.ts';
import { endedTagKey } from '../model/tags.ts';
import type { PacedCall } from '../ports/pace.ts';
import { failureOf } from './failure.ts';
import { RESERVE_MS } from './make-changes.ts';
import type { RegionView } from './region-view.ts';
import type { SyncDependencies } from './sync-dependencies.ts';

/** A call that failed about a peering whose time is over. */
export interface FailedEnd {
  readonly peeringId: string;
  readonly call: Extract<PacedCall, 'DeleteVpcPeeringConnection' | 'CreateTags'>;
  readonly reason: string;
  readonly retry: boolean;
  /** Of a call that fails until a person does something. */
  readonly refused?: { readonly code: string; readonly awsMessage: string };
}

export function failedEnd(peeringId: string, call: FailedEnd['call'], error: unknown): FailedEnd {
  const { kind, code } = classifyAwsError(error);
  const { reason, retry } = failureOf(error);
  const refused = isRetryable({ kind }) ? undefined : { code, awsMessage: inAwsWords(error) };
  return { peeringId, call, reason, retry, ...(refused === undefined ? {} : { refused }) };
}

/** Whether EC2 takes the call in time; what it does not, a later look does. */
export async function isInTime(
  { pace, millisecondsLeft }: SyncDependencies,
  region: string,
  call: PacedCall,
): Promise<boolean> {
  const deadline = Date.now() + millisecondsLeft() - RESERVE_MS;
  return (await pace.take(region, call, deadline)) === 'taken';
}

/** Peerings of which the tag does not say what is so: that they have ended and are to be deleted, or no longer. */
function toMark(
  { assessment, inventory, region }: RegionView,
  tagPrefix: string,
): Map<string, 'ended' | 'none'> {
  const ending = new Set(
    assessment.deletions.filter((each) => each.region === region).map(({ peeringId }) => peeringId),
  );
  const marks = new Map<string, 'ended' | 'none'>();
  for (const { peeringId, status, tags } of inventory.peerings) {
    const isMarked = isMarkedEnded(tags, tagPrefix);
    if (status === 'active' && isMarked !== ending.has(peeringId)) {
      marks.set(peeringId, isMarked ? 'none' : 'ended');
    }
  }
  return marks;
}

/** Says so on the peerings, in a tag: without it the role may delete none. */
export async function markEnded(dependencies: SyncDependencies, view: RegionView): Promise<FailedEnd[]> {
  const { policy, writer, now } = dependencies;
  const failures: FailedEnd[] = [];
  for (const [peeringId, as] of toMark(view, policy.tagPrefix)) {
    if (!(await isInTime(dependencies, view.region, 'CreateTags'))) {
      break;
    }
    const value = as === 'ended' ? now().toISOString() : 'none';
    try {
      await writer.tag(view.region, peeringId, { [endedTagKey(policy.tagPrefix)]: value });
    } catch (error) {
      failures.push(failedEnd(peeringId, 'CreateTags', error));
    }
  }
  return failures;
}
