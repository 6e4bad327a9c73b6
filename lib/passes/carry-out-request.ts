import { callFailedNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { reminderNotification, requestNotification } from '../messages/requests.ts';
import type { BusEventType } from '../model/events.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { Peering, PeeringStatus } from '../model/peering.ts';
import type { Decision } from '../policy/decide.ts';
import { decidedBefore, decisionTags } from '../policy/decision-tags.ts';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { PacedCall } from '../ports/pace.ts';
import type { RequestDependencies, RequestOutcome } from './accept-requests.ts';
import { RESERVE_MS } from './accept-requests.ts';
import { requestNote, requestNoteKey, toldBefore } from './request-notes.ts';
import { allOf, once } from './tell-findings.ts';

/** A pending request with its decision, and what is remembered of the accepter's Region. */
export interface RequestToCarryOut {
  readonly peering: Peering;
  readonly decision: Decision;
  readonly remembered: RegionMemory;
  /** Whether an event named it, or a sweep found it. */
  readonly cause: 'peering' | 'region';
}

const EVENT_TYPES = {
  accept: 'Peering Accepted',
  reject: 'Peering Rejected',
  hold: 'Peering Held',
} as const satisfies Record<Decision['decision'], BusEventType>;

const METRICS = { accept: 'RequestsAccepted', reject: 'RequestsRejected', hold: 'RequestsHeld' } as const;
const RESULTS = { accept: 'accepted', reject: 'rejected', hold: 'held' } as const;

const CALLS = {
  accept: ['AcceptVpcPeeringConnection'],
  reject: ['RejectVpcPeeringConnection'],
  hold: [],
} as const satisfies Record<Decision['decision'], readonly PacedCall[]>;

const CARRIED_OUT: Readonly<Record<Decision['decision'], readonly PeeringStatus[]>> = {
  accept: ['provisioning', 'active'],
  reject: ['rejected'],
  hold: [],
};

async function send(
  { policy, writer }: RequestDependencies,
  { peeringId, accepter }: Peering,
  { decision }: Decision,
): Promise<'done' | 'observed'> {
  switch (decision) {
    case 'accept':
      return writer.acceptPeering(accepter.region, peeringId);
    case 'reject':
      return writer.rejectPeering(accepter.region, peeringId);
    case 'hold':
      return policy.mode === 'observe' ? 'observed' : 'done';
  }
}

/**
 * An answer that got lost may have been a yes, and sent again the call answers `InvalidStateTransition`: so EC2 is
 * asked what has become of the peering before the call counts as failed.
 */
async function sendOrFindDone(
  dependencies: RequestDependencies,
  peering: Peering,
  decision: Decision,
): Promise<'done' | 'observed'> {
  try {
    return await send(dependencies, peering, decision);
  } catch (error) {
    const { kind } = classifyAwsError(error);
    if (kind === 'transient' || kind === 'conflict') {
      const { peeringId, accepter } = peering;
      const found = await dependencies.reader.readPeerings(accepter.region, { peeringIds: [peeringId] });
      const now = found.find((each) => each.peeringId === peeringId);
      if (now !== undefined && CARRIED_OUT[decision.decision].includes(now.status)) {
        return 'done';
      }
    }
    throw error;
  }
}

/** Waits until EC2 will take the calls of a decision. Nothing of it is begun that time does not suffice for. */
export async function waitForTurn(
  { policy, pace, remaining, now }: RequestDependencies,
  { peering, decision, remembered }: RequestToCarryOut,
): Promise<'now' | 'too-late'> {
  // Observing makes no call to wait for, and has no leave to hand anything on.
  if (policy.mode === 'observe') {
    return 'now';
  }
  if (remaining() <= RESERVE_MS) {
    return 'too-late';
  }
  if (
    decision.decision === 'hold' &&
    toldBefore(remembered, policy.tagPrefix, peering, decision, now()) &&
    decidedBefore(policy.tagPrefix, peering, decision)
  ) {
    return 'now';
  }
  const deadline = Date.now() + remaining() - RESERVE_MS;
  for (const call of ['CreateTags', ...CALLS[decision.decision]] as const) {
    if ((await pace.take(peering.accepter.region, call, deadline)) === 'too-late') {
      return 'too-late';
    }
  }
  return 'now';
}

/**
 * Carries out what was decided about one pending request, and tells of it. That it is about to be accepted is remembered
 * before, so that an acceptance of which nobody could be told is told by a later pass. Tags say only what was done.
 */
export async function carryOutRequest(
  dependencies: RequestDependencies,
  request: RequestToCarryOut,
): Promise<RequestOutcome> {
  const { policy, memory, journal, now, topic } = dependencies;
  const { peering, decision, cause } = request;
  const { peeringId, accepter } = peering;
  const said = {
    decision: decision.decision,
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
  };
  const reason = decision.reasons.join(' ');
  journal.info('decided', {
    peeringId,
    ...said,
    reasons: decision.reasons,
    rules: decision.rules,
    mode: policy.mode,
  });
  if (policy.mode === 'observe') {
    await sendOrFindDone(dependencies, peering, decision);
    // Nothing may be written, so nothing remembers that people were told: a sweep stays quiet.
    if (cause === 'peering') {
      await topic.notify(requestNotification(peering, decision, { policy, now: now() }));
    }
    return { peeringId, result: 'observed', ...said, reason };
  }
  if (decision.decision === 'hold') {
    return await hold(dependencies, request, { peeringId, ...said, reason });
  }
  const intent = requestNote(peeringId, 'deciding', decision, now());
  await memory.update(accepter.region, [intent]);
  try {
    await sendOrFindDone(dependencies, peering, decision);
  } catch (error) {
    await memory.update(accepter.region, [{ kind: 'forget-note', key: requestNoteKey(peeringId) }]);
    await tellFailedCall(dependencies, request, error);
    throw error;
  }
  journal.metric(METRICS[decision.decision], 1);
  await announce(dependencies, request);
  return { peeringId, result: RESULTS[decision.decision], ...said, reason };
}

/** A held request is told once, and once more before it expires. */
async function hold(
  dependencies: RequestDependencies,
  { peering, decision, remembered }: RequestToCarryOut,
  about: Omit<RequestOutcome, 'result'>,
): Promise<RequestOutcome> {
  const { policy, memory, journal, now } = dependencies;
  const { region } = peering.accepter;
  if (toldBefore(remembered, policy.tagPrefix, peering, decision, now())) {
    await remindOnce(dependencies, peering, decision, remembered);
    if (!decidedBefore(policy.tagPrefix, peering, decision)) {
      await tag(dependencies, peering, decision);
    }
    return { ...about, result: 'unchanged' };
  }
  const note = requestNote(peering.peeringId, 'told', decision, now());
  await once(memory, region, [note], () =>
    allOf([...tellings(dependencies, peering, decision), tag(dependencies, peering, decision)]),
  );
  journal.metric(METRICS.hold, 1);
  return { ...about, result: 'held' };
}

/** The event and the message about a decision that was carried out. */
export function tellings(
  {
    accountId,
    policy,
    bus,
    topic,
    now,
  }: Pick<RequestDependencies, 'accountId' | 'policy' | 'bus' | 'topic' | 'now'>,
  peering: Peering,
  decision: Decision,
): Promise<unknown>[] {
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
  return [
    bus.publish([{ type: EVENT_TYPES[decision.decision], detail }]),
    topic.notify(requestNotification(peering, decision, { policy, now: now() })),
  ];
}

async function announce(
  dependencies: RequestDependencies,
  { peering, decision }: RequestToCarryOut,
): Promise<void> {
  const { memory, now } = dependencies;
  const { peeringId, accepter } = peering;
  const done: MemoryUpdate = requestNote(peeringId, 'told', decision, now());
  const outcomes = await Promise.allSettled([
    ...tellings(dependencies, peering, decision),
    tag(dependencies, peering, decision),
  ]);
  const failed = outcomes.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    const { message } = classifyAwsError(failed.reason);
    throw new Error(
      `${peeringId} was ${RESULTS[decision.decision]}, but the event or the message about it was not sent: ${message}`,
      { cause: failed.reason },
    );
  }
  await memory.update(accepter.region, [done]);
}

/** Tags are for people; one that cannot be written is written with the routes, or by a later sweep. */
async function tag(
  { policy, writer, journal, now }: RequestDependencies,
  { peeringId, accepter }: Peering,
  decision: Decision,
): Promise<void> {
  try {
    await writer.tag(accepter.region, peeringId, decisionTags(policy.tagPrefix, decision, now()));
  } catch (error) {
    journal.warn('tagged later', { peeringId, reason: classifyAwsError(error).message });
  }
}

/** A call that fails for good is told once: the request waits, and somebody has to do something. */
async function tellFailedCall(
  { accountId, memory, topic, now }: RequestDependencies,
  { peering, decision, remembered }: RequestToCarryOut,
  error: unknown,
): Promise<void> {
  const { kind, code, message } = classifyAwsError(error);
  if (kind !== 'denied' && kind !== 'limit') {
    return;
  }
  const { peeringId, accepter } = peering;
  const [call] = CALLS[decision.decision];
  const news = newsOf(remembered.notes, newsKeys.callFailed(call ?? '', peeringId), code, now());
  if (call === undefined || !news.isNews) {
    return;
  }
  await once(memory, accepter.region, news.updates, () =>
    topic.notify(
      callFailedNotification({
        peeringId,
        region: accepter.region,
        accountId,
        call,
        code,
        message,
        decision,
      }),
    ),
  );
}

/** Before it expires a request that is still open is brought up once more. Milliseconds. */
const REMINDER_MS = 24 * 60 * 60 * 1000;

export async function remindOnce(
  { policy, memory, topic, now }: RequestDependencies,
  peering: Peering,
  decision: Decision,
  { notes }: RegionMemory,
): Promise<void> {
  const left = peering.expiresAt === undefined ? undefined : peering.expiresAt.getTime() - now().getTime();
  const news = newsOf(notes, newsKeys.reminder(peering.peeringId), 'told', now());
  if (left === undefined || left > REMINDER_MS || !news.isNews) {
    return;
  }
  await once(memory, peering.accepter.region, news.updates, () =>
    topic.notify(reminderNotification(peering, decision, { policy, now: now() })),
  );
}
