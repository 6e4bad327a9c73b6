import { plainInChat } from '../messages/chat.ts';
import { count, shown } from '../messages/text.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import { freezeIn, frozenText } from '../model/freeze.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { readRequest, saidAlready } from './asked-request.ts';
import { carryOutAnswer, NotRemembered } from './carry-out-answer.ts';
import { countDenied, countPermanent, failureOf } from './failure.ts';
import {
  type Answered,
  type AnswerRequestDependencies,
  type AskedAnswer,
  judgeAgain,
  refused,
} from './judge-answer.ts';
import { acceptanceBy, ownRegions, rejectionBy } from './persons-answer.ts';
import { nothingToDecide } from './request-scope.ts';
import { decisionEvent } from './tell-request.ts';

/** Characters; reasons may be many. */
const MOST_IN_A_SENTENCE = 1000;

function inChat({ result, text }: Answered): Answered {
  return { result, text: plainInChat(text, MOST_IN_A_SENTENCE) };
}

/** The function's own calls are no events for it: routes follow what it says itself. */
async function announce(
  { accountId, bus, journal }: AnswerRequestDependencies,
  peering: Peering,
  decision: Decision,
): Promise<string[]> {
  try {
    await bus.publish([decisionEvent({ accountId }, { peering, decision })]);
    return [];
  } catch (error) {
    const { message } = classifyAwsError(error);
    journal.warn('answer not announced', { peeringId: peering.peeringId, reason: message });
    countDenied(journal, error);
    return ['The event about it was not sent, so what follows waits for the next sweep.'];
  }
}

async function accept(
  dependencies: AnswerRequestDependencies,
  peering: Peering,
  by: string,
): Promise<Answered> {
  const judged = await judgeAgain(dependencies, peering, by);
  if ('result' in judged) {
    return judged;
  }
  const { request, acceptance, changes } = judged;
  const left = await carryOutAnswer(
    dependencies,
    acceptanceBy(judged, ownRegions(request.peering, dependencies)),
  );
  const decision: Decision = { ...request.decision, decision: 'accept', rule: acceptance.rule };
  const untold = await announce(dependencies, request.peering, decision);
  const created = changes.filter(({ action, heldBy }) => action === 'create' && heldBy === undefined).length;
  return {
    result: 'accepted',
    text: [
      `${peering.peeringId} is accepted as rule ${shown(acceptance.rule)}; ${count(created, 'route')} to make once it is active.`,
      ...left,
      ...untold,
    ].join(' '),
  };
}

async function reject(
  dependencies: AnswerRequestDependencies,
  peering: Peering,
  by: string,
): Promise<Answered> {
  const left = await carryOutAnswer(dependencies, rejectionBy(peering, { by }, dependencies.now()));
  const untold = await announce(dependencies, peering, {
    decision: 'reject',
    reasons: [`Rejected by ${by}.`],
    rules: [],
    routableCidrs: [],
    managed: false,
  });
  return { result: 'rejected', text: [`${peering.peeringId} is rejected.`, ...left, ...untold].join(' ') };
}

async function answerIt(dependencies: AnswerRequestDependencies, asked: AskedAnswer): Promise<Answered> {
  const { peeringId, region, by } = asked;
  if (dependencies.policy.mode === 'observe') {
    return refused('The policy says mode: observe, so nothing is answered.');
  }
  const peering = await readRequest(dependencies, asked);
  if (peering === undefined) {
    return refused(`EC2 in ${region} shows no ${peeringId}; nothing was done.`);
  }
  const already = await saidAlready(dependencies, peering, asked);
  if (already !== undefined) {
    return already;
  }
  const frozen = freezeIn((await dependencies.memory.read(region)).notes, dependencies.now());
  if (frozen !== undefined) {
    return refused(
      `Nothing was done about ${peeringId}. ${shown(frozenText(frozen))}. "peering thaw" ends it.`,
    );
  }
  const nothing = nothingToDecide(dependencies, peering);
  if (nothing !== undefined) {
    return refused(`Nothing was done about ${peeringId}. ${shown(nothing)}`);
  }
  return asked.answer === 'accept' ? accept(dependencies, peering, by) : reject(dependencies, peering, by);
}

/**
 * Answers one request as a person asks for by a button: read and decided again, by the same assessment as everything else. What a
 * hold rule leaves to people may be accepted, any request that waits be rejected; more takes the command, or another policy.
 * Whoever asks is told in a sentence, also of what failed: there is nobody else to try it again.
 */
export async function answerRequest(
  dependencies: AnswerRequestDependencies,
  asked: AskedAnswer,
): Promise<Answered> {
  const { journal } = dependencies;
  try {
    const answered = inChat(await answerIt(dependencies, asked));
    journal.info('answered', { ...asked, ...answered });
    return answered;
  } catch (error) {
    const cause = error instanceof NotRemembered ? error.cause : error;
    const failure = failureOf(cause);
    countPermanent(journal, [failure]);
    const unsure =
      failure.retry && !(error instanceof NotRemembered)
        ? ' Whether EC2 took the answer is not known: peering requests shows it.'
        : '';
    const reason =
      error instanceof NotRemembered ? error.message : `Nothing more was done. ${failure.reason}`;
    journal.error('not answered', { ...asked, reason: failure.reason, retry: failure.retry });
    return inChat({ result: 'failed', text: `${asked.peeringId}: ${shown(reason)}${unsure}` });
  }
}
