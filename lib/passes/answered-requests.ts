import type { Hint } from '../model/hint.ts';
import { requestNoteKey } from '../model/noted-decision.ts';
import { tellsDecision } from '../policy/decision-tags.ts';
import { type EarlierHold, earlierHold } from './earlier-hold.ts';
import type { NamedRequest } from './named-requests.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { mailsCanWait, REQUEST_MAILS_KEY } from './request-mails.ts';

/** What says no more than that a request was made. */
const MADE: ReadonlySet<string> = new Set(['CreateVpcPeeringConnection', 'Peering Requested']);

type Asking = Pick<RequestDependencies, 'memory' | 'policy' | 'now'>;

/** Requests that are tagged as decided, of which every event says no more than that they were made. */
function perhapsAnswered(
  { policy }: Asking,
  hints: readonly Hint[],
  requests: readonly NamedRequest[],
): readonly NamedRequest[] {
  if (policy.mode === 'observe' || hints.some(({ kind }) => kind !== 'peering')) {
    return [];
  }
  const saysMore = new Set(
    hints.flatMap((hint) => (hint.kind === 'peering' && !MADE.has(hint.cause) ? [hint.peeringId] : [])),
  );
  return requests.filter(
    ({ peering }) => tellsDecision(policy.tagPrefix, peering) && !saysMore.has(peering.peeringId),
  );
}

/** Whether a look now could tell people nothing: so many mails were sent lately. */
async function mailsWait({ memory, now }: Asking, region: string): Promise<boolean> {
  const note = await memory.readNote(region, REQUEST_MAILS_KEY);
  return note !== undefined && mailsCanWait({ notes: new Map([[REQUEST_MAILS_KEY, note]]) }, now());
}

function outcomeOf(peeringId: string, { rule }: EarlierHold): RequestOutcome {
  const reason = 'An earlier look held it, and these events say only that it was made.';
  return {
    peeringId,
    result: 'unchanged',
    decision: 'hold',
    ...(rule === undefined ? {} : { rule }),
    reason,
  };
}

/**
 * Pending requests that an earlier look held, with nothing left of it to do but what a sweep does, and whose events say only
 * that they were made: they have been answered, and the Region need not be read for them. In a burst most events are such,
 * because a look decides more requests than it was named.
 *
 * @returns what became of them, by peering. Those that are not among them have to be looked at.
 * @throws AWS errors of reading the notes.
 */
export async function answeredBefore(
  dependencies: Asking,
  hints: readonly Hint[],
  requests: readonly NamedRequest[],
): Promise<ReadonlyMap<string, RequestOutcome>> {
  const { memory, policy } = dependencies;
  const holds = await Promise.all(
    perhapsAnswered(dependencies, hints, requests).map(async ({ peering }) => {
      const { peeringId, accepter } = peering;
      const note = await memory.readNote(accepter.region, requestNoteKey(peeringId));
      return { peeringId, region: accepter.region, hold: earlierHold(note, policy.tagPrefix, peering) };
    }),
  );
  const answered = new Map<string, RequestOutcome>();
  const mailsWaitIn = new Map<string, boolean>();
  for (const { peeringId, region, hold } of holds) {
    if (hold?.stage === 'deciding' && !mailsWaitIn.has(region)) {
      mailsWaitIn.set(region, await mailsWait(dependencies, region));
    }
    if (hold?.stage === 'told' || (hold !== undefined && mailsWaitIn.get(region) === true)) {
      answered.set(peeringId, outcomeOf(peeringId, hold));
    }
  }
  return answered;
}
