import type { AssessedRequest } from '../assessment/types.ts';
import { callFailedNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { BusEvent, BusEventType } from '../model/events.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { decisionTags } from '../policy/decision-tags.ts';
import { countDenied } from './failure.ts';
import { CALLS, type RequestToCarryOut } from './request-calls.ts';
import type { RequestDependencies } from './request-dependencies.ts';
import type { RequestsToTell } from './requests-to-tell.ts';

const EVENT_TYPES = {
  accept: 'Peering Accepted',
  reject: 'Peering Rejected',
  hold: 'Peering Held',
} as const satisfies Record<Decision['decision'], BusEventType>;

/** What became of a request by each decision. */
export const RESULTS = { accept: 'accepted', reject: 'rejected', hold: 'held' } as const;

/** The event about a decision that was carried out. */
export function decisionEvent(
  { accountId }: Pick<RequestDependencies, 'accountId'>,
  { peering, decision }: Pick<AssessedRequest, 'peering' | 'decision'>,
): BusEvent {
  const detail = {
    accountId,
    region: peering.accepter.region,
    peeringId: peering.peeringId,
    decision: decision.decision,
    rule: decision.rule ?? null,
    reasons: decision.reasons,
    requester: peering.requester,
    accepter: peering.accepter,
  };
  return { type: EVENT_TYPES[decision.decision], detail };
}

/** The event goes out at once, because routes follow it. The message goes with those of the same look. */
export async function announce(dependencies: RequestDependencies, request: RequestToCarryOut): Promise<void> {
  const { peering, decision } = request;
  const { peeringId } = peering;
  const outcomes = await Promise.allSettled([
    dependencies.bus.publish([decisionEvent(dependencies, request)]),
    tag(dependencies, peering, decision),
  ]);
  const failed = outcomes.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    const { message } = classifyAwsError(failed.reason);
    throw new Error(
      `${peeringId} was ${RESULTS[decision.decision]}, but the event about it was not sent: ${message}`,
      { cause: failed.reason },
    );
  }
}

/**
 * Tags are for people, so one that cannot be written fails nothing. It is written later: of an accepted request with its
 * routes, of a held one when it is decided again, of a rejected one by a sweep while EC2 still shows it.
 */
export async function tag(
  { policy, writer, journal, now }: RequestDependencies,
  { peeringId, accepter }: Peering,
  decision: Decision,
): Promise<void> {
  try {
    await writer.tag(accepter.region, peeringId, decisionTags(policy.tagPrefix, decision, now()));
  } catch (error) {
    journal.warn('tagged later', { peeringId, reason: classifyAwsError(error).message });
    countDenied(journal, error);
  }
}

/** A call that fails for good is told once: the request waits, and somebody has to do something. */
export async function addFailedCall(
  { accountId, memory, now }: RequestDependencies,
  request: RequestToCarryOut,
  toTell: RequestsToTell,
  error: unknown,
): Promise<void> {
  const { peering, decision, remembered } = request;
  const { kind, code, message } = classifyAwsError(error);
  if (kind !== 'denied' && kind !== 'limit') {
    return;
  }
  const { peeringId, accepter } = peering;
  const [call] = CALLS[decision.decision];
  const news = newsOf(remembered.notes, newsKeys.callFailed(call ?? '', peeringId), code, now());
  if (call === undefined) {
    return;
  }
  if (!news.isNews) {
    if (news.updates.length > 0) await memory.update(accepter.region, news.updates);
    return;
  }
  toTell.refused.push({
    request,
    updates: news.updates,
    message: callFailedNotification({
      peeringId,
      region: accepter.region,
      accountId,
      call,
      code,
      message,
      decision,
    }),
  });
}
