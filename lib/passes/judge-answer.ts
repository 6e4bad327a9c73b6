import { assess } from '../assessment/assess.ts';
import { type Outlook, propose } from '../assessment/proposal.ts';
import { unseenAtOwnSide } from '../assessment/requests.ts';
import { shown } from '../messages/text.ts';
import type { Peering } from '../model/peering.ts';
import { type Decision, isHeldByRule } from '../policy/decision.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus } from '../ports/outbox.ts';
import type { AnswerDependencies } from './carry-out-answer.ts';
import type { ReadDependencies } from './read-state.ts';
import { passingObstacle, readAround } from './request-scope.ts';

/** What somebody asks for by a button; nothing of it is believed but where to look. */
export interface AskedAnswer {
  readonly answer: 'accept' | 'reject';
  readonly peeringId: string;
  /** A managed one. */
  readonly region: string;
  /** Who is remembered as having answered. */
  readonly by: string;
}

export interface AnswerRequestDependencies
  extends Omit<ReadDependencies, 'memory' | 'journal'>,
    Omit<AnswerDependencies, 'memory' | 'journal'> {
  readonly memory: Pick<Memory, 'read' | 'update'>;
  readonly bus: Bus;
  readonly journal: Journal;
}

/** What became of it, and the sentence that says so. `unchanged`: it is so already. */
export interface Answered {
  readonly result: 'accepted' | 'rejected' | 'unchanged' | 'refused' | 'failed';
  readonly text: string;
}

export function refused(text: string): Answered {
  return { result: 'refused', text };
}

/** Why a person may not accept from chat what they might with the command. */
function notHeldByRule(peeringId: string, decision: Decision): string {
  const reasons = decision.reasons.map((reason) => shown(reason)).join(' ');
  switch (decision.decision) {
    case 'reject':
      return `${peeringId} is not accepted: the policy rejects it. ${reasons}`;
    case 'accept':
      return `${peeringId} needs no answer: the policy accepts it, at the next sweep at the latest.`;
    case 'hold':
      return `${peeringId} is not accepted: no hold rule leaves it to a person. ${reasons} At a terminal, peering accept says what can be done.`;
  }
}

/** Reads and judges the request as the automation does, and then as if a person had accepted it. */
export async function judgeAgain(
  dependencies: AnswerRequestDependencies,
  peering: Peering,
  by: string,
): Promise<Outlook | Answered> {
  const { policy, now } = dependencies;
  const { peeringId } = peering;
  const read = await readAround(dependencies, [{ peering }]);
  const [failure] = read.failures;
  if (failure !== undefined) {
    throw failure[1];
  }
  const unseen = unseenAtOwnSide(read.state, peering);
  if (unseen !== undefined) {
    return refused(`${peeringId} is not accepted. ${unseen}`);
  }
  const judging = { state: read.state, policy, memory: read.memory, now: now() };
  const request = assess(judging.state, policy, judging.memory, judging.now).requests.find(
    (each) => each.peering.peeringId === peeringId,
  );
  if (request === undefined) {
    return refused(`${peeringId} does not wait any more; nothing was done.`);
  }
  const passing = passingObstacle(request, read);
  if (passing !== undefined) {
    return refused(`${peeringId} is not accepted now; try again. ${shown(passing)}`);
  }
  if (!isHeldByRule(request.decision)) {
    return refused(notHeldByRule(peeringId, request.decision));
  }
  const proposed = propose(judging, { peeringId, by });
  return proposed.kind === 'refused'
    ? refused(`${peeringId} is not accepted. ${proposed.why.map((why) => shown(why)).join(' ')}`)
    : proposed;
}
