import { classifyAwsError } from '../model/aws-error.ts';
import { freezeIn } from '../model/freeze.ts';
import { requestNoteKey } from '../model/noted-decision.ts';
import { decidedBefore } from '../policy/decision-tags.ts';
import { remindOfFailing, remindOnce } from './remind-request.ts';
import { type RequestToCarryOut, sendOrFindDone } from './request-calls.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { decidingNote, heldBefore, isHeldAnew, lacksCauses, toldBefore, toldNotes } from './request-notes.ts';
import type { RequestsToTell } from './requests-to-tell.ts';
import { allOf, once } from './tell-once.ts';
import { addFailedCall, announce, decisionEvent, RESULTS, tag } from './tell-request.ts';

const METRICS = { accept: 'RequestsAccepted', reject: 'RequestsRejected', hold: 'RequestsHeld' } as const;

/**
 * Carries out what was decided about one pending request, and tells of it. That it is about to be accepted is remembered
 * before, so that an acceptance of which nobody could be told is told by a later pass. Tags say only what was done.
 *
 * @param toTell where a decision goes that people have to be told of: all of one look together.
 */
export async function carryOutRequest(
  dependencies: RequestDependencies,
  request: RequestToCarryOut,
  toTell: RequestsToTell,
): Promise<RequestOutcome> {
  const { policy, memory, journal, now } = dependencies;
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
      toTell.decided.push({ ...request, event: 'none' });
    }
    return { peeringId, result: 'observed', ...said, reason };
  }
  if (decision.decision === 'hold') {
    return await hold(dependencies, request, toTell, { peeringId, ...said, reason });
  }
  const intent = decidingNote(request, now());
  await memory.update(accepter.region, [intent]);
  try {
    await sendOrFindDone(dependencies, peering, decision);
  } catch (error) {
    // A call without an answer may have been carried out: the note stays, so that a later pass tells of it.
    if (classifyAwsError(error).kind !== 'transient') {
      await memory.update(accepter.region, [{ kind: 'forget-note', key: requestNoteKey(peeringId) }]);
    }
    await addFailedCall(dependencies, request, toTell, error);
    remindOfFailing(dependencies, request, toTell, error);
    throw error;
  }
  journal.metric(METRICS[decision.decision], 1);
  try {
    await announce(dependencies, request);
  } catch (error) {
    toTell.decided.push({ ...request, event: 'missing' });
    throw error;
  }
  toTell.decided.push({ ...request, event: 'sent' });
  return { peeringId, result: RESULTS[decision.decision], ...said, reason };
}

/** A held request is told once for each cause, and once more before it expires. */
async function hold(
  dependencies: RequestDependencies,
  request: RequestToCarryOut,
  toTell: RequestsToTell,
  about: Omit<RequestOutcome, 'result'>,
): Promise<RequestOutcome> {
  const { policy, memory, journal, now } = dependencies;
  const { peering, decision, remembered } = request;
  const { region } = peering.accepter;
  const known = [remembered, policy.tagPrefix, peering, decision, now()] as const;
  // Tags are writes, too: those of a frozen Region follow once it is thawed.
  const isFrozen = freezeIn(remembered.notes, now()) !== undefined;
  const isTagged = decidedBefore(policy.tagPrefix, peering, decision);
  if (toldBefore(...known)) {
    remindOnce(dependencies, request, toTell);
    if (lacksCauses(remembered, request)) {
      await memory.update(region, toldNotes(request, remembered, now()));
    }
    if (!isFrozen && !isTagged) {
      await tag(dependencies, peering, decision);
    }
    return { ...about, result: 'unchanged' };
  }
  const isSame = heldBefore(...known);
  if (!isSame || isHeldAnew(...known)) {
    await once(memory, region, [decidingNote(request, now())], () =>
      allOf([
        dependencies.bus.publish([decisionEvent(dependencies, request)]),
        ...(isFrozen || (isSame && isTagged) ? [] : [tag(dependencies, peering, decision)]),
      ]),
    );
  }
  if (!isSame) {
    journal.metric(METRICS.hold, 1);
  }
  toTell.decided.push({ ...request, event: 'sent' });
  return { ...about, result: 'held' };
}
